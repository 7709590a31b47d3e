import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { BodyCheck, instancePath, isStored, throwUnless } from '../memobuild/load-client.ts';
import {
  type Artifact,
  type ArtifactClient,
  type HttpExchange,
  OperationFailure,
  type Payload,
} from '../shared/load-client.ts';

/**
 * Speaks to a cache as Bazel does over HTTP: the action cache holds an ActionResult (REAPI v2) that
 * names the output by its digest, the content store holds the bytes. A hit is both of them; a result
 * whose bytes are gone is a miss, as it is to a build.
 */
export class BazelHttpArtifactClient implements ArtifactClient {
  readonly storesByDigest = true;
  readonly #acPrefix: string;
  readonly #casPrefix: string;

  constructor(instance: string) {
    this.#acPrefix = `${instancePath(instance)}/ac/`;
    this.#casPrefix = `${instancePath(instance)}/cas/`;
  }

  async lookup(http: HttpExchange, artifact: Artifact): Promise<'hit' | 'miss'> {
    const result = new SmallBody();
    const found = await http.exchange(
      { method: 'GET', path: this.#acPrefix + artifact.key },
      result.sink,
    );
    if (found.status === 404) return 'miss';
    throwUnless(found.status === 200, found.status, 'a lookup of a result');
    const digest = readActionResult(result.bytes());
    if (digest.sizeBytes !== artifact.payload.sizeBytes) {
      throw new OperationFailure('integrity', 'the result names another size than was stored');
    }
    const body = new BodyCheck(artifact.payload);
    const { status } = await http.exchange(
      { method: 'GET', path: this.#casPrefix + digest.hash },
      body.sink,
    );
    if (status === 404) {
      // A blob that is gone makes a miss, but a result that came back changed names a blob that
      // never was. Asked only here: where the bytes agree, their name did.
      if (digest.hash === artifact.payload.sha256()) return 'miss';
      throw new OperationFailure('integrity', 'the result names other bytes than were stored');
    }
    throwUnless(status === 200, status, 'a lookup of content');
    body.throwUnlessWhole();
    return 'hit';
  }

  async store(http: HttpExchange, artifact: Artifact): Promise<void> {
    const hash = artifact.payload.sha256();
    const content = await http.exchange({
      method: 'PUT',
      path: this.#casPrefix + hash,
      body: artifact.payload,
    });
    throwUnless(isStored(content.status), content.status, 'a store of content');
    const result = await http.exchange({
      method: 'PUT',
      path: this.#acPrefix + artifact.key,
      body: heldPayload(writeActionResult({ hash, sizeBytes: artifact.payload.sizeBytes })),
    });
    throwUnless(isStored(result.status), result.status, 'a store of a result');
  }
}

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

/** @throws {OperationFailure} `integrity` when the bytes are no ActionResult with an output file at our path. */
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
    // Falls through: the reader's own words help nobody.
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

/** Holds an ActionResult as it comes: some hundred bytes, bounded. */
class SmallBody {
  readonly #chunks: Buffer[] = [];
  #size = 0;

  readonly sink = (chunk: Buffer, status: number): void => {
    if (status !== 200) return;
    this.#size += chunk.length;
    if (this.#size > actionResultBytesMax) {
      throw new OperationFailure('integrity', 'the result is larger than what was stored');
    }
    this.#chunks.push(Buffer.from(chunk));
  };

  bytes(): Uint8Array {
    return Buffer.concat(this.#chunks);
  }
}

const actionResultBytesMax = 64 * 1024;

function heldPayload(bytes: Uint8Array): Payload {
  const held = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    sizeBytes: held.length,
    sha256: () => {
      throw new Error('an action result is not stored by its digest');
    },
    piece: (offsetBytes) => held.subarray(offsetBytes),
    matches: (chunk, offsetBytes) =>
      held.subarray(offsetBytes, offsetBytes + chunk.length).equals(chunk),
  };
}
