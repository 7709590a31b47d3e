import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { describe, type TestContext, test } from 'node:test';
import { ByteStream } from '../../src/protocols/reapi/generated/bytestream.pb.ts';
import { zstdCompress, zstdDecompress } from '../../src/protocols/zstd/index.ts';
import { freePort } from '../../src/testing/free-port.ts';
import { GrpcClient } from '../../src/testing/grpc-client.ts';
import { PrivateMemory } from '../../src/testing/private-memory.ts';
import { startServer } from '../../src/testing/start-server.ts';
import { workersOf } from './serve-client.ts';

/** 512 MiB; `npm run test:clients` sends 2 GiB. */
const blobBytes = Number(process.env.MEMOBUILD_TEST_BLOB_MIB ?? 512) * 2 ** 20;
const growthBytesMax = 64 * 2 ** 20;

describe(`a blob of ${blobBytes / 2 ** 20} MiB through ByteStream`, () => {
  const skip = process.platform === 'linux' ? false : 'memory is read from /proc';
  for (const compressor of ['identity', 'zstd'] as const) {
    test(`${compressor}: the server's memory stays where it was`, { skip }, async (t) => {
      const { client, memory } = await start(t);
      await roundTrip(client, compressor, new MadeBlob(32 * 2 ** 20));
      const beforeBytes = await memory.sample();
      memory.peakBytes = beforeBytes;
      await roundTrip(client, compressor, new MadeBlob(blobBytes));
      await memory.sample();
      const grownBytes = memory.peakBytes - beforeBytes;
      t.diagnostic(`grew by ${(grownBytes / 2 ** 20).toFixed(1)} MiB`);
      assert.ok(memory.peakBytes > 2 ** 20, 'the memory was measured');
      assert.ok(grownBytes < growthBytesMax, `grew by ${grownBytes} bytes`);
    });
  }
});

async function start(t: TestContext): Promise<{ client: GrpcClient; memory: PrivateMemory }> {
  const grpcPort = await freePort();
  const server = await startServer(t, {
    args: ['--workers', '1', '--grpc-port', String(grpcPort)],
  });
  const memory = new PrivateMemory(await workersOf(server.url));
  t.after(() => memory.stop());
  return { client: new GrpcClient(t, `127.0.0.1:${grpcPort}`), memory };
}

/** Many bytes that are made as they are needed. A quarter of each piece compresses. */
class MadeBlob {
  readonly sizeBytes: number;
  readonly hash: string;
  readonly #seed = randomBytes(16);

  constructor(sizeBytes: number) {
    this.sizeBytes = sizeBytes;
    const hasher = createHash('sha256');
    for (let index = 0; index < sizeBytes / pieceBytes; index += 1)
      hasher.update(this.piece(index));
    this.hash = hasher.digest('hex');
  }

  piece(index: number): Buffer {
    const piece = Buffer.from(pool);
    this.#seed.copy(piece);
    piece.writeUInt32BE(index, 16);
    return piece;
  }

  async *pieces(): AsyncGenerator<Uint8Array> {
    for (let index = 0; index < this.sizeBytes / pieceBytes; index += 1) yield this.piece(index);
  }
}

const pieceBytes = 2 ** 20;
const pool = Buffer.concat([randomBytes(pieceBytes * 0.75), Buffer.alloc(pieceBytes * 0.25, 'x')]);

async function roundTrip(
  client: GrpcClient,
  compressor: 'identity' | 'zstd',
  blob: MadeBlob,
): Promise<void> {
  const kind = compressor === 'zstd' ? 'compressed-blobs/zstd' : 'blobs';
  const name = `${kind}/${blob.hash}/${blob.sizeBytes}`;
  await write(
    client,
    `uploads/x/${name}`,
    compressor === 'zstd' ? zstdCompress(blob.pieces()) : blob.pieces(),
  );
  const messages = client.serverStream(ByteStream.method.read, { resourceName: name });
  const encoded = (async function* () {
    for await (const { data } of messages) yield data;
  })();
  const body =
    compressor === 'zstd' ? zstdDecompress(encoded, { sizeBytesMax: blob.sizeBytes }) : encoded;
  const hasher = createHash('sha256');
  for await (const chunk of body) hasher.update(chunk);
  assert.equal(hasher.digest('hex'), blob.hash);
}

async function write(
  client: GrpcClient,
  resourceName: string,
  body: AsyncIterable<Uint8Array>,
): Promise<void> {
  const { call, answer } = client.clientStream(ByteStream.method.write);
  let offset = 0;
  for await (const data of body) {
    const first = offset === 0 ? { resourceName } : {};
    const hasRoom = call.write({ ...first, writeOffset: BigInt(offset), data });
    offset += data.length;
    if (!hasRoom)
      await Promise.race([new Promise((resolve) => call.once('drain', resolve)), answer]);
  }
  call.write({ writeOffset: BigInt(offset), finishWrite: true });
  call.end();
  await answer;
}
