import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { describe, type TestContext, test } from 'node:test';
import { PrivateMemory } from '../../src/testing/private-memory.ts';
import { workersOf } from './serve-client.ts';

/** 256 MiB, four times what may be held; `npm run test:clients` sends 2 GiB. */
const blobBytes = Number(process.env.MEMOBUILD_TEST_BLOB_MIB ?? 256) * 2 ** 20;
const growthBytesMax = 64 * 2 ** 20;

export const largeBlobCodings = ['identity', 'zstd'] as const;
export type LargeBlobCoding = (typeof largeBlobCodings)[number];

/** Where a blob is to go through. */
export interface LargeBlobServer {
  /** The HTTP address, where it reports its processes. */
  readonly url: string;
  /** Stores a blob, reads it back and compares what came. */
  roundTrip(blob: MadeBlob, coding: LargeBlobCoding): Promise<void>;
}

/** Tests that a server's memory does not grow with a blob that goes in and out through `protocol`. */
export function testLargeBlob(
  protocol: string,
  start: (t: TestContext) => Promise<LargeBlobServer>,
): void {
  describe(`a blob of ${blobBytes / 2 ** 20} MiB through ${protocol}`, () => {
    const skip = process.platform === 'linux' ? false : 'memory is read from /proc';
    for (const coding of largeBlobCodings) {
      test(`${coding}: the server's memory stays where it was`, { skip }, async (t) => {
        const server = await start(t);
        const memory = new PrivateMemory(await workersOf(server.url));
        t.after(() => memory.stop());
        await server.roundTrip(new MadeBlob(32 * 2 ** 20), coding);
        const beforeBytes = await memory.sample();
        memory.peakBytes = beforeBytes;
        await server.roundTrip(new MadeBlob(blobBytes), coding);
        await memory.sample();
        const grownBytes = memory.peakBytes - beforeBytes;
        t.diagnostic(`grew by ${(grownBytes / 2 ** 20).toFixed(1)} MiB`);
        assert.ok(memory.peakBytes > 2 ** 20, 'the memory was measured');
        assert.ok(grownBytes < growthBytesMax, `grew by ${grownBytes} bytes`);
      });
    }
  });
}

/** Many bytes that are made as they are needed. A quarter of each piece compresses. */
export class MadeBlob {
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

/** Lower-case hex SHA-256 of what comes. */
export async function hashOfStream(pieces: AsyncIterable<Uint8Array>): Promise<string> {
  const hasher = createHash('sha256');
  for await (const piece of pieces) hasher.update(piece);
  return hasher.digest('hex');
}
