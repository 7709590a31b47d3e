import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { emptySha256, parseSha256, type Sha256 } from '../core/index.ts';

/**
 * The blobs that an action result names: files that are not inlined, directory trees, standard
 * output and error. Reads the bytes as the Remote Execution API's `ActionResult`
 * (build/bazel/remote/execution/v2). The action cache takes any bytes, so whatever does not read as
 * that message to its last byte names none; nor does one that names more than `referencesMax`.
 */
export function actionResultReferences(bytes: Uint8Array): readonly Sha256[] {
  return readHashes(bytes, actionResultFields);
}

/** Those of {@link actionResultReferences} that are `Tree` messages, which name blobs in their turn. */
export function actionResultTrees(bytes: Uint8Array): readonly Sha256[] {
  return readHashes(bytes, { 3: readOutputDirectory });
}

/**
 * The files that a `Tree` message names, its own and those of all directories in it. None, as
 * above, where the bytes are something else or name too many.
 */
export function treeReferences(bytes: Uint8Array): readonly Sha256[] {
  return readHashes(bytes, treeFields);
}

function readHashes(bytes: Uint8Array, fields: Fields): readonly Sha256[] {
  try {
    const references = new Set<Sha256>();
    readFields(new BinaryReader(bytes), references, fields);
    references.delete(emptySha256);
    return references.size > referencesMax ? [] : [...references];
  } catch {
    return [];
  }
}

/** An action result that names more blobs than this is stored as if it named none: it bounds the work of one lookup. */
export const referencesMax = 16_384;

type FieldReader = (reader: BinaryReader, references: Set<Sha256>) => void;
type Fields = Readonly<Record<number, FieldReader>>;

/** `Digest`: hash = 1, size_bytes = 2. */
const digestFields: Fields = {
  1: (reader, references) => {
    const hash = parseSha256(reader.string());
    if (hash !== undefined) references.add(hash);
  },
};

const readDigest: FieldReader = (reader, references) =>
  readFields(new BinaryReader(reader.bytes()), references, digestFields);

/** `OutputFile`: digest = 2, contents = 5. A file whose contents stand in the message needs no blob. */
const readOutputFile: FieldReader = (reader, references) => {
  const own = new Set<Sha256>();
  let isInlined = false;
  readFields(new BinaryReader(reader.bytes()), own, {
    2: readDigest,
    5: (contents) => {
      isInlined = contents.bytes().byteLength > 0;
    },
  });
  if (isInlined) return;
  for (const hash of own) references.add(hash);
};

/** `OutputDirectory`: tree_digest = 3. */
const readOutputDirectory: FieldReader = (reader, references) =>
  readFields(new BinaryReader(reader.bytes()), references, { 3: readDigest });

/** `ActionResult`: output_files = 2, output_directories = 3, stdout_digest = 6, stderr_digest = 8. */
const actionResultFields: Fields = {
  2: readOutputFile,
  3: readOutputDirectory,
  6: readDigest,
  8: readDigest,
};

/** `Directory`: files = 1, each a `FileNode`: digest = 2. Its directories stand in the tree themselves. */
const readDirectory: FieldReader = (reader, references) =>
  readFields(new BinaryReader(reader.bytes()), references, { 1: readFileNode });

const readFileNode: FieldReader = (reader, references) =>
  readFields(new BinaryReader(reader.bytes()), references, { 2: readDigest });

/** `Tree`: root = 1, children = 2. */
const treeFields: Fields = { 1: readDirectory, 2: readDirectory };

function readFields(reader: BinaryReader, references: Set<Sha256>, fields: Fields): void {
  while (reader.pos < reader.len) {
    const [fieldNumber, wireType] = reader.tag();
    const read = fields[fieldNumber];
    if (read === undefined) {
      reader.skip(wireType, fieldNumber);
      continue;
    }
    if (wireType !== WireType.LengthDelimited) throw new Error('not this message');
    read(reader, references);
  }
}
