import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { brotliCompressSync, constants, deflateSync } from 'node:zlib';
import type { Payload } from '../../protocols/shared/load-client.ts';
import { createPoolMemory, headerBytes, PayloadPool, poolBytes } from './payload-pool.ts';
import { RunKeys } from './run-keys.ts';

const pool = new PayloadPool(createPoolMemory(1));
const keys = new RunKeys('0123456789abcdef', 1);

function bytesOf(payload: Payload): Buffer {
  const pieces: Buffer[] = [];
  for (let offset = 0; offset < payload.sizeBytes; offset += pieces.at(-1)!.length) {
    pieces.push(payload.piece(offset));
    assert.ok(pieces.at(-1)!.length > 0 && pieces.at(-1)!.length <= 65_536);
  }
  return Buffer.concat(pieces);
}

const fastBrotli = { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } };

const sizes = [
  0,
  1,
  5,
  headerBytes - 1,
  headerBytes,
  headerBytes + 1,
  1024,
  100_000,
  poolBytes + 100_000,
];
for (const size of sizes) {
  test(`${size} bytes: pieces, digest and comparison agree`, () => {
    const payload = pool.payload(keys.newKey(size), size);
    const bytes = bytesOf(payload);
    assert.equal(bytes.length, size);
    assert.equal(payload.sha256(), createHash('sha256').update(bytes).digest('hex'));
    assert.equal(payload.piece(size).length, 0);
    assert.ok(payload.matches(bytes, 0));
    const longer = bytesOf(pool.payload(keys.newKey(size), size + 1));
    assert.ok(!payload.matches(longer, 0), 'a byte too many, though the one that would come next');
    for (const cut of [1, 7, headerBytes, headerBytes + 3, size >> 1, size - 1]) {
      if (cut < 0 || cut > size) continue;
      assert.ok(payload.matches(bytes.subarray(0, cut), 0), `up to ${cut}`);
      assert.ok(payload.matches(bytes.subarray(cut), cut), `from ${cut}`);
    }
    for (const at of [0, headerBytes - 1, headerBytes, size >> 1, size - 1]) {
      if (at < 0 || at >= size) continue;
      bytes[at]! ^= 1;
      assert.ok(!payload.matches(bytes, 0), `a bit of byte ${at}`);
      bytes[at]! ^= 1;
    }
  });
}

for (const compressible of [0, 0.3, 0.6, 0.9]) {
  test(`bodies of which ${compressible} can be saved are that compressible, and still their own`, () => {
    const made = new PayloadPool(createPoolMemory(3, compressible));
    const bytes = bytesOf(made.payload(keys.newKey(1), 256 * 1024));
    for (const compressed of [deflateSync(bytes), brotliCompressSync(bytes, fastBrotli)]) {
      const saved = 1 - compressed.length / bytes.length;
      assert.ok(Math.abs(saved - compressible) < 0.05, `${saved}`);
    }
    for (const size of [100, 1024, 100_000]) {
      const own = bytesOf(made.payload(keys.newKey(2), size));
      assert.ok(!made.payload(keys.newKey(3), size).matches(own, 0), `${size}`);
    }
  });
}

test('the same key and seed make the same bytes, another seed others', () => {
  const again = new PayloadPool(createPoolMemory(1));
  const other = new PayloadPool(createPoolMemory(2));
  const key = keys.newKey(1);
  assert.ok(bytesOf(pool.payload(key, 5000)).equals(bytesOf(again.payload(key, 5000))));
  assert.ok(!bytesOf(pool.payload(key, 5000)).equals(bytesOf(other.payload(key, 5000))));
});

test("another key's bytes never match, nor does any later part of them", () => {
  const wanted = pool.payload(keys.newKey(0), 4096);
  for (let number = 1; number < 5000; number += 1) {
    const other = pool.payload(keys.newKey(number), 4096);
    assert.ok(!wanted.matches(other.piece(0), 0), `${number}`);
    assert.ok(!wanted.matches(other.piece(1024).subarray(0, 16), 1024), `${number}, a later part`);
  }
});

test('tiny artifacts are as unique as their size lets them be', () => {
  const texts = Array.from({ length: 2000 }, (_, number) =>
    pool.payload(keys.workingSetKey(number), 4).piece(0).toString('hex'),
  );
  assert.equal(new Set(texts).size, 2000);
  const single = new Set(
    Array.from({ length: 5000 }, (_, n) => pool.payload(keys.workingSetKey(n), 1).piece(0)[0]),
  );
  assert.equal(single.size, 256);
});
