import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { Encoder } from '@toondepauw/node-zstd';
import { CacheError } from '../../../core/index.ts';
import { zstdCompress, zstdCompressWhole, zstdDecompress, zstdDecompressWhole } from './index.ts';

describe('zstd', () => {
  for (const sizeBytes of [0, 1, 17, 2000, 131_072, 131_073, 3 * 2 ** 20 + 5]) {
    test(`${sizeBytes} bytes come back, however they are cut`, async () => {
      const bytes = halfRandom(sizeBytes);
      for (const pieceBytes of [7, 4096, 2 ** 24]) {
        if (sizeBytes / pieceBytes > 20_000) continue;
        const encoded = await collect(zstdCompress(pieces(bytes, 65_536)));
        const decoded = await collect(
          zstdDecompress(pieces(encoded, pieceBytes), { sizeBytesMax: sizeBytes }),
        );
        assert.ok(decoded.equals(bytes));
      }
      const whole = await zstdDecompressWhole(await zstdCompressWhole(bytes), sizeBytes);
      assert.ok(Buffer.from(whole).equals(bytes));
    });
  }

  test('an empty body is a frame, not nothing', async () => {
    assert.ok((await collect(zstdCompress(pieces(Buffer.alloc(0), 1)))).length >= 8);
  });

  test('frames of other levels, with their long windows, are read', async () => {
    const bytes = halfRandom(9 * 2 ** 20);
    for (const level of [-5, 1, 3, 9, 15]) {
      const encoded = new Encoder(level).encodeSync(bytes);
      assert.ok(Buffer.from(await zstdDecompressWhole(encoded, bytes.length)).equals(bytes));
    }
  });

  test('skippable frames, and frames one after another, are read', async () => {
    const one = new Encoder(1).encodeSync(Buffer.from('one'));
    const two = new Encoder(1).encodeSync(Buffer.from('two'));
    const skippable = Buffer.concat([
      Buffer.from([0x53, 0x2a, 0x4d, 0x18, 5, 0, 0, 0]),
      Buffer.alloc(5),
    ]);
    const joined = Buffer.concat([skippable, one, skippable, two]);
    assert.equal(Buffer.from(await zstdDecompressWhole(joined, 6)).toString(), 'onetwo');
  });

  const good = new Encoder(3).encodeSync(halfRandom(300_000));
  const hostile = [
    { name: 'something else', bytes: randomBytes(500) },
    { name: 'a body cut short', bytes: good.subarray(0, good.length - 1000) },
    { name: 'a header cut short', bytes: good.subarray(0, 5) },
    { name: 'a window of 2 GiB', bytes: Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0xa8, 1, 0, 0]) },
    { name: 'a reserved block', bytes: Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0x58, 7, 0, 0, 0]) },
    { name: 'a dictionary', bytes: Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 1, 0x58, 9, 1, 0, 0]) },
    { name: 'frames of nothing', bytes: Buffer.concat(Array(400).fill(emptyFrame(0x68))) },
  ];
  for (const { name, bytes } of hostile) {
    test(`${name} is refused`, async () => {
      const decoding = zstdDecompressWhole(bytes, 300_000);
      await assert.rejects(decoding, (error: unknown) => {
        assert.ok(error instanceof CacheError);
        return error.code === 'bad_request';
      });
    });
  }

  test('a bomb stops where the announced size ends', async () => {
    // Ten thousand blocks of four bytes, each 128 KiB of zeros.
    const block = Buffer.from([0x02, 0x00, 0x10, 0x00]);
    const bomb = Buffer.concat([emptyFrame(0x58).subarray(0, 6), ...Array(10_000).fill(block)]);
    let yieldedBytes = 0;
    const decoding = async (): Promise<void> => {
      for await (const chunk of zstdDecompress(pieces(bomb, 65_536), { sizeBytesMax: 2 ** 20 })) {
        yieldedBytes += chunk.length;
      }
    };
    await assert.rejects(decoding, { code: 'size_mismatch' });
    assert.ok(yieldedBytes <= 2 ** 20);
  });

  test('a block that comes byte by byte is not copied over and over', async (t) => {
    const block = Buffer.from([0x01, 0x00, 0x02]);
    const raw = Buffer.concat([emptyFrame(0x58).subarray(0, 6), block, randomBytes(16_384)]);
    const made = [t.mock.method(Buffer, 'allocUnsafe'), t.mock.method(Buffer, 'concat')];
    const decoded = await collect(zstdDecompress(pieces(raw, 1), { sizeBytesMax: 16_384 }));
    assert.equal(decoded.length, 16_384);
    let madeBytes = 0;
    for (const { mock } of made) {
      for (const { result } of mock.calls) madeBytes += result?.byteLength ?? 0;
    }
    assert.ok(madeBytes < 8 * raw.length, `${madeBytes} bytes of buffers for ${raw.length}`);
  });

  test('less than announced is refused', async () => {
    const encoded = await zstdCompressWhole(Buffer.from('four'));
    await assert.rejects(zstdDecompressWhole(encoded, 5), { code: 'size_mismatch' });
  });

  test('half a gigabyte passes with bounded memory', async () => {
    const pieceBytes = 65_536;
    const piece = halfRandom(pieceBytes);
    const count = (512 * 2 ** 20) / pieceBytes;
    const source = (async function* () {
      for (let sent = 0; sent < count; sent += 1) yield piece;
    })();
    const before = memoryBytes();
    let peak = before;
    let sizeBytes = 0;
    for await (const chunk of zstdDecompress(zstdCompress(source), { sizeBytesMax: 2 ** 30 })) {
      sizeBytes += chunk.length;
      peak = Math.max(peak, memoryBytes());
    }
    assert.equal(sizeBytes, count * pieceBytes);
    // Node 24 collects later than Node 20: 72 MiB against 40 MiB.
    assert.ok(peak - before < 128 * 2 ** 20, `grew by ${peak - before} bytes`);
  });
});

function memoryBytes(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** A frame that holds nothing, with a window descriptor of one's choice. */
function emptyFrame(windowDescriptor: number): Buffer {
  return Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, windowDescriptor, 1, 0, 0]);
}

function halfRandom(sizeBytes: number): Buffer {
  const bytes = Buffer.alloc(sizeBytes, 'a build step and its outputs ');
  randomBytes(sizeBytes >> 1).copy(bytes);
  return bytes;
}

async function* pieces(bytes: Uint8Array, pieceBytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
}

async function collect(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks);
}
