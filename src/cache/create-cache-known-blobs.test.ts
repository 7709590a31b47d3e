import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { CacheError, type CacheErrorCode, emptySha256 } from '../core/index.ts';
import { inPieces, patient, sampleBlob } from '../storage/conformance/index.ts';
import { callerOf } from '../testing/caller.ts';
import { onEachStore, withCode } from '../testing/on-each-store.ts';

describe('a blob that goes while it is sent again', () => {
  for (const sizeBytes of [1_000, 300_000]) {
    onEachStore(`is there when that is acknowledged, ${sizeBytes} bytes`, {}, async (cache) => {
      const { key, bytes } = sampleBlob(sizeBytes);
      await cache.put(key, callerOf('n'), bytes, { signal: patient });
      async function* purged(): AsyncGenerator<Uint8Array> {
        yield bytes.subarray(0, 500);
        await cache.purge({ what: 'key', key }, callerOf('n'), { signal: patient });
        yield bytes.subarray(500);
      }
      let code: CacheErrorCode | 'none' = 'none';
      await cache.put(key, callerOf('n'), purged(), { signal: patient }).catch((error: unknown) => {
        assert(error instanceof CacheError);
        ({ code } = error);
      });
      const found = await cache.get(key, callerOf('n'));
      // What is small is at hand, and stored; what is not is refused so that it is sent again.
      assert.equal(found.kind, code === 'none' ? 'hit' : 'miss');
      assert.equal(code, sizeBytes === 1_000 || found.kind === 'hit' ? 'none' : 'unavailable');
      await cache.put(key, callerOf('n'), bytes, { signal: patient });
      assert.equal((await cache.get(key, callerOf('n'))).kind, 'hit');
    });
  }
});

describe('a blob that is sent again, whether it is held in memory or not', () => {
  for (const hotBytesMax of [0, 2 ** 20]) {
    onEachStore(
      `is proven as the first time, ${hotBytesMax} bytes held`,
      { limits: { hotBytesMax } },
      async (cache) => {
        const { key, bytes } = sampleBlob(3_000);
        const caller = callerOf('n');
        const options = { signal: patient };
        assert.equal(await cache.put(key, caller, bytes, options), bytes.length);
        assert.equal(await cache.put(key, caller, Buffer.from(bytes), options), bytes.length);
        const other = Buffer.from(bytes);
        other[1_500]! ^= 1;
        for (const wrong of [other, bytes.subarray(1), Buffer.alloc(0)]) {
          await assert.rejects(cache.put(key, caller, wrong, options), withCode('digest_mismatch'));
        }
        await assert.rejects(
          cache.put(key, caller, bytes, { ...options, sizeBytes: 2_999 }),
          withCode('size_mismatch'),
        );
        const found = await cache.get(key, caller);
        assert(found.kind === 'hit');
        assert.deepEqual(found.bytes, bytes);
      },
    );
  }
});

describe('a digest', () => {
  onEachStore('names what has its hash and its size', {}, async (cache) => {
    const { bytes, hash, digest } = sampleBlob(5_000);
    const right = { space: 'cas', ...digest } as const;
    const wrong = { space: 'cas', hash, sizeBytes: 4_999 } as const;
    await cache.put(right, callerOf(), bytes, { signal: patient });
    assert.deepEqual(await cache.missing([right, wrong], callerOf()), [false, true]);
    for (const how of ['get', 'head'] as const) {
      assert.equal((await cache[how](right, callerOf())).kind, 'hit');
      assert.equal((await cache[how](wrong, callerOf())).kind, 'miss');
    }
    for (const body of [bytes, inPieces(bytes, 999)]) {
      await assert.rejects(
        cache.put(wrong, callerOf(), body, { signal: patient }),
        withCode('size_mismatch'),
      );
    }
    const empty = { space: 'cas', hash: emptySha256, sizeBytes: 1 } as const;
    assert.equal((await cache.get(empty, callerOf())).kind, 'miss');
    assert.deepEqual(await cache.missing([empty], callerOf()), [true]);
  });
});
