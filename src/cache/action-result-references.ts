import { emptySha256, parseSha256, type Sha256 } from '../core/index.ts';
import { type FieldVisitor, type FieldVisitors, walkMessage } from './wire-walk.ts';

/**
 * The blobs that an action result names: files that are not inlined, directory trees, standard
 * output and error. Reads the bytes as the Remote Execution API's `ActionResult`
 * (build/bazel/remote/execution/v2). The action cache takes any bytes, so whatever does not read as
 * that message to its last byte names none; nor does one that names more than `referencesMax`.
 */
export function actionResultReferences(bytes: Uint8Array): readonly Sha256[] {
  return namedBlobs(bytes, actionResultFields);
}

/** Those of {@link actionResultReferences} that are `Tree` messages, which name blobs in their turn. */
export function actionResultTrees(bytes: Uint8Array): readonly Sha256[] {
  return namedBlobs(bytes, (hashes) => ({ 3: outputDirectoryInto(hashes) }));
}

/**
 * The files that a `Tree` message names, its own and those of all directories in it. None, as
 * above, where the bytes are something else or name too many.
 */
export function treeReferences(bytes: Uint8Array): readonly Sha256[] {
  return namedBlobs(bytes, treeFields);
}

/** An action result that names more blobs than this is stored as if it named none: it bounds the work of one lookup. */
export const referencesMax = 16_384;

function namedBlobs(
  bytes: Uint8Array,
  fieldsInto: (hashes: Set<Sha256>) => FieldVisitors,
): readonly Sha256[] {
  const hashes = new Set<Sha256>();
  if (!walkMessage(bytes, 0, bytes.byteLength, fieldsInto(hashes))) return [];
  hashes.delete(emptySha256);
  return hashes.size > referencesMax ? [] : [...hashes];
}

/** A field that is a message in its turn. */
function message(fields: FieldVisitors): FieldVisitor {
  return (bytes, start, end) => walkMessage(bytes, start, end, fields);
}

/** `Digest`: hash = 1, size_bytes = 2. Hashes of other functions name nothing here. */
function digestInto(hashes: Set<Sha256>): FieldVisitor {
  return message({
    1: (bytes, start, end) => {
      const hash = parseSha256(latin1(bytes, start, end));
      if (hash !== undefined) hashes.add(hash);
      return true;
    },
  });
}

function latin1(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
}

/**
 * `OutputFile`: digest = 2, contents = 5. A file whose contents are in the message needs no blob.
 */
function outputFileInto(hashes: Set<Sha256>): FieldVisitor {
  return (bytes, start, end) => {
    const own = new Set<Sha256>();
    let isInlined = false;
    const isWhole = walkMessage(bytes, start, end, {
      2: digestInto(own),
      5: (_, contentsStart, contentsEnd) => {
        isInlined = contentsEnd > contentsStart;
        return true;
      },
    });
    if (!isInlined) for (const hash of own) hashes.add(hash);
    return isWhole;
  };
}

/** `OutputDirectory`: tree_digest = 3. */
function outputDirectoryInto(hashes: Set<Sha256>): FieldVisitor {
  return message({ 3: digestInto(hashes) });
}

/** `ActionResult`: output_files = 2, output_directories = 3, stdout_digest = 6, stderr_digest = 8. */
function actionResultFields(hashes: Set<Sha256>): FieldVisitors {
  const digest = digestInto(hashes);
  return { 2: outputFileInto(hashes), 3: outputDirectoryInto(hashes), 6: digest, 8: digest };
}

/**
 * `Tree`: root = 1, children = 2. Each is a `Directory`: files = 1, each a `FileNode`: digest = 2.
 * The tree contains a directory's subdirectories itself.
 */
function treeFields(hashes: Set<Sha256>): FieldVisitors {
  const directory = message({ 1: message({ 2: digestInto(hashes) }) });
  return { 1: directory, 2: directory };
}
