import { type Digest, parseSha256, type Sha256 } from '../core/index.ts';
import { DigestSet } from './digest-set.ts';
import {
  type FieldVisitor,
  type FieldVisitors,
  type VarintVisitors,
  walkMessage,
  walkWhole,
} from './wire-walk.ts';

/** What an action result names. */
export interface ActionResultReferences {
  /** Files that are not inlined, directories, standard output and error. */
  readonly blobs: readonly Digest[];
  /**
   * Those of `blobs` that are `Tree` messages, and those that are `Directory` messages: they name
   * further blobs.
   */
  readonly trees: readonly Digest[];
  readonly directories: readonly Digest[];
}

/**
 * Reads bytes as the Remote Execution API's `ActionResult` (build/bazel/remote/execution/v2). The
 * action cache takes any bytes, so whatever does not read as that message to its last byte names
 * nothing.
 * @throws {CacheError} `too_large` for too many fields; the other functions here, too.
 */
export function actionResultReferences(bytes: Uint8Array): ActionResultReferences {
  const blobs = new DigestSet();
  const trees = new DigestSet();
  const directories = new DigestSet();
  const isResult = walkWhole(bytes, {
    ...actionResultFields(blobs),
    3: outputDirectoryInto([blobs, trees], [blobs, directories]),
  });
  if (!isResult) return nothing;
  return { blobs: blobs.all(), trees: trees.all(), directories: directories.all() };
}

/** The files that a `Tree` message names, its own and those of all directories in it; none where the bytes are something else. */
export function treeReferences(bytes: Uint8Array): readonly Digest[] {
  const files = new DigestSet();
  const directory = message({ 1: nodeInto([files]) });
  const isTree = walkWhole(bytes, { 1: directory, 2: directory });
  return isTree ? files.all() : [];
}

/** The files and the directories that a `Directory` message names; none where the bytes are something else. */
export function directoryReferences(bytes: Uint8Array): {
  readonly files: readonly Digest[];
  readonly directories: readonly Digest[];
} {
  const files = new DigestSet();
  const directories = new DigestSet();
  const isDirectory = walkWhole(bytes, {
    1: nodeInto([files]),
    2: nodeInto([directories]),
  });
  return isDirectory
    ? { files: files.all(), directories: directories.all() }
    : { files: [], directories: [] };
}

const nothing: ActionResultReferences = { blobs: [], trees: [], directories: [] };

/** A field that is itself a message. */
function message(fields: FieldVisitors): FieldVisitor {
  return (bytes, start, end) => walkMessage(bytes, start, end, fields);
}

function digestInto(sets: readonly DigestSet[]): FieldVisitor {
  return digestTo((digest) => {
    for (const set of sets) set.add(digest);
  });
}

/** `Digest`: hash = 1, size_bytes = 2. Hashes of other functions name nothing here. */
function digestTo(take: (digest: Digest) => void): FieldVisitor {
  let hash: Sha256 | undefined;
  let sizeBytes = 0;
  const fields: FieldVisitors = {
    1: (bytes, start, end) => {
      hash = parseSha256(latin1(bytes, start, end));
      return true;
    },
  };
  const numbers: VarintVisitors = {
    2: (value) => {
      sizeBytes = value;
    },
  };
  return (bytes, start, end) => {
    hash = undefined;
    sizeBytes = 0;
    const isWhole = walkMessage(bytes, start, end, fields, numbers);
    if (hash !== undefined) take({ hash, sizeBytes });
    return isWhole;
  };
}

function latin1(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
}

/**
 * `OutputFile`: digest = 2, contents = 5. A file whose contents are in the message needs no blob.
 */
function outputFileInto(blobs: DigestSet): FieldVisitor {
  // Walking is synchronous, so one list serves all files in turn.
  const own: Digest[] = [];
  let isInlined = false;
  const fields: FieldVisitors = {
    2: digestTo((digest) => own.push(digest)),
    5: (_, start, end) => {
      isInlined = end > start;
      return true;
    },
  };
  return (bytes, start, end) => {
    own.length = 0;
    isInlined = false;
    const isWhole = walkMessage(bytes, start, end, fields);
    if (!isInlined) for (const digest of own) blobs.add(digest);
    return isWhole;
  };
}

/** `OutputDirectory`: tree_digest = 3, root_directory_digest = 5. Both are there where both are named. */
function outputDirectoryInto(
  trees: readonly DigestSet[],
  directories: readonly DigestSet[],
): FieldVisitor {
  return message({ 3: digestInto(trees), 5: digestInto(directories) });
}

/** `ActionResult`: output_files = 2, stdout_digest = 6, stderr_digest = 8. */
function actionResultFields(blobs: DigestSet): FieldVisitors {
  const digest = digestInto([blobs]);
  return { 2: outputFileInto(blobs), 6: digest, 8: digest };
}

/** `FileNode` and `DirectoryNode` alike: digest = 2. */
function nodeInto(sets: readonly DigestSet[]): FieldVisitor {
  return message({ 2: digestInto(sets) });
}
