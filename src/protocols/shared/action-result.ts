import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { OperationFailure } from './load-client.ts';

/** What an ActionResult of ours says: one output file, by digest. */
export interface OutputDigest {
  readonly hash: string;
  readonly sizeBytes: number;
}

/**
 * build.bazel.remote.execution.v2.ActionResult with one `output_files` (2): OutputFile with `path`
 * (1) and `digest` (2): Digest with `hash` (1) and `size_bytes` (2).
 */
export function writeActionResult(output: OutputDigest): Uint8Array {
  const writer = new BinaryWriter();
  writer.tag(2, WireType.LengthDelimited).fork();
  writer.tag(1, WireType.LengthDelimited).string(outputPath);
  writer.tag(2, WireType.LengthDelimited).fork();
  writer.tag(1, WireType.LengthDelimited).string(output.hash);
  writer.tag(2, WireType.Varint).int64(output.sizeBytes);
  return writer.join().join().finish();
}

/** @throws {OperationFailure} `integrity` when the bytes are not an ActionResult with an output file at our path. */
export function readActionResult(bytes: Uint8Array): OutputDigest {
  try {
    const file = field(bytes, 2);
    const path = Buffer.from(field(file, 1)).toString('utf8');
    const digest = field(file, 2);
    let hash = '';
    let sizeBytes = 0;
    const reader = new BinaryReader(digest);
    while (reader.pos < reader.len) {
      const [no, type] = reader.tag();
      if (no === 1 && type === WireType.LengthDelimited) hash = reader.string();
      else if (no === 2 && type === WireType.Varint) sizeBytes = Number(reader.int64());
      else reader.skip(type, no);
    }
    if (path === outputPath && /^[0-9a-f]{64}$/.test(hash)) return { hash, sizeBytes };
  } catch {
    // Falls through: the reader's own message would not help.
  }
  throw new OperationFailure('integrity', 'the result that was stored came back as something else');
}

const outputPath = 'out';

/** The bytes of the first length-delimited field `wanted`. */
function field(bytes: Uint8Array, wanted: number): Uint8Array {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [no, type] = reader.tag();
    if (no === wanted && type === WireType.LengthDelimited) return reader.bytes();
    reader.skip(type, no);
  }
  throw new Error(`field ${wanted} is absent`);
}
