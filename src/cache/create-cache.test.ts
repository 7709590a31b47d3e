import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { type Digest, emptySha256, type Sha256 } from '../core/index.ts';
import { actionKey, inPieces, patient, sampleBlob } from '../storage/conformance/index.ts';
import { createMemoryStore } from '../storage/drivers/memory/index.ts';
import type { Store } from '../storage/index.ts';
import { callerOf } from '../testing/caller.ts';
import { onEachStore, withCode } from '../testing/on-each-store.ts';
import type { CacheHit } from './cache.ts';
import { countedIn } from './counted-cache.ts';
import { createCache } from './create-cache.ts';
import { LookupCounters } from './lookup-counters.ts';

describe('what is put is got', () => {
  for (const sizeBytes of [16, 20_000, 3_000_000]) {
    onEachStore(`${sizeBytes} bytes`, {}, async (cache) => {
      const { key, bytes, hash } = sampleBlob(sizeBytes);
      assert.equal((await cache.get(key, callerOf('n'))).kind, 'miss');
      await cache.put(key, callerOf('n'), inPieces(bytes, 60_000), { signal: patient });
      for (const how of ['get', 'head'] as const) {
        const hit = await cache[how](key, callerOf('n'));
        assert(hit.kind === 'hit');
        assert.equal(hit.sizeBytes, sizeBytes);
        assert.equal(hit.sha256, hash);
        assert.deepEqual(await streamOf(hit), bytes);
        assert.deepEqual(
          await streamOf(hit, { offsetBytes: 5, lengthBytes: 9 }),
          bytes.subarray(5, 14),
        );
        assert.deepEqual(
          await streamOf(hit, { offsetBytes: sizeBytes - 3 }),
          bytes.subarray(sizeBytes - 3),
        );
        assert.equal((await streamOf(hit, { lengthBytes: 0 })).byteLength, 0);
      }
    });
  }

  onEachStore('small bodies are handed over whole and without a promise', {}, async (cache) => {
    const { key, bytes } = sampleBlob(1_000);
    await cache.put(key, callerOf('n'), bytes, { signal: patient });
    const hit = cache.get(key, callerOf('n'));
    assert(!(hit instanceof Promise));
    assert(hit.kind === 'hit');
    assert.deepEqual(hit.bytes && Buffer.from(hit.bytes), bytes);
  });

  onEachStore('bodies up to verifyFirstBytesMax come whole', {}, async (cache) => {
    for (const sizeBytes of [100_000, 2 ** 20]) {
      const { key, bytes } = sampleBlob(sizeBytes);
      await cache.put(key, callerOf('n'), bytes, { signal: patient });
      const hit = await cache.get(key, callerOf('n'));
      assert(hit.kind === 'hit');
      assert.deepEqual(hit.bytes && Buffer.from(hit.bytes), bytes);
    }
  });

  onEachStore('the empty blob is always there', {}, async (cache) => {
    const key = { space: 'cas', hash: emptySha256 } as const;
    const hit = await cache.get(key, callerOf('n'));
    assert(hit.kind === 'hit');
    assert.equal(hit.bytes?.byteLength, 0);
    assert.deepEqual(await cache.missing([key, sampleBlob(16).key], callerOf()), [false, true]);
    await cache.put(key, callerOf('n'), Buffer.alloc(0), { signal: patient });
    await assert.rejects(
      cache.put(key, callerOf('n'), Buffer.from('x'), { signal: patient }),
      withCode('digest_mismatch'),
    );
  });
});

describe('counting', () => {
  onEachStore('by space and namespace', {}, async (plain) => {
    const counters = new LookupCounters();
    const cache = countedIn(counters)(plain);
    const { key, bytes } = sampleBlob(1_000);
    await cache.get(key, callerOf('one'));
    await cache.put(key, callerOf('one'), bytes, { signal: patient });
    await cache.get(key, callerOf('one'));
    await cache.head(key, callerOf('two'));
    await cache.put(actionKey('a', 'one'), callerOf('one'), Buffer.from('result'), {
      signal: patient,
    });
    await cache.get(actionKey('a', 'one'), callerOf('one'));
    await cache.get(actionKey('b', 'one'), callerOf('one'));
    await cache.missing([key], callerOf());
    const zero = { hits: 0, misses: 0, hitBytes: 0, writes: 0, writtenBytes: 0 };
    assert.deepEqual(
      counters.rows().toSorted((a, b) => (a.namespace + a.space < b.namespace + b.space ? -1 : 1)),
      [
        {
          namespace: 'one',
          space: 'ac',
          hits: 1,
          misses: 1,
          hitBytes: 6,
          writes: 1,
          writtenBytes: 6,
        },
        {
          namespace: 'one',
          space: 'cas',
          hits: 1,
          misses: 1,
          hitBytes: 1_000,
          writes: 1,
          writtenBytes: 1_000,
        },
        { ...zero, namespace: 'two', space: 'cas', hits: 1 },
      ],
    );
  });

  onEachStore('for a bounded number of namespaces', {}, async (plain) => {
    const counters = new LookupCounters(3);
    const cache = countedIn(counters)(plain);
    for (let index = 0; index < 50; index += 1) {
      await cache.get(actionKey('a'), callerOf(`n${index}`));
    }
    const counts = counters.rows();
    assert.equal(counts.length, 4);
    assert.equal(counts.find(({ namespace }) => namespace === '(other)')?.misses, 47);
  });
});

describe('refusing', () => {
  onEachStore('writes, when read only', { readOnly: true }, async (cache) => {
    const { key, bytes } = sampleBlob(10);
    await assert.rejects(
      cache.put(key, callerOf('n'), bytes, { signal: patient }),
      withCode('read_only'),
    );
    assert.equal((await cache.get(key, callerOf('n'))).kind, 'miss');
  });

  onEachStore('what is too large', { limits: { blobBytesMax: 50_000 } }, async (cache) => {
    for (const keyOf of [
      () => actionKey('large'),
      (hash: Sha256) => ({ space: 'cas', hash }) as const,
    ]) {
      const { bytes, hash } = sampleBlob(50_001);
      const key = keyOf(hash);
      for (const write of [
        () => cache.put(key, callerOf('n'), bytes, { signal: patient }),
        () => cache.put(key, callerOf('n'), inPieces(bytes, 9_000), { signal: patient }),
        () =>
          cache.put(key, callerOf('n'), inPieces(bytes, 9_000), {
            sizeBytes: 50_001,
            signal: patient,
          }),
      ]) {
        await assert.rejects(write(), withCode('too_large'));
      }
      assert.equal((await cache.get(key, callerOf('n'))).kind, 'miss');
    }
    const { key, bytes } = sampleBlob(50_000);
    await cache.put(key, callerOf('n'), inPieces(bytes, 9_000), { signal: patient });
  });

  onEachStore('a wrong digest, also for a blob that exists', {}, async (cache) => {
    const { key, bytes } = sampleBlob(30_000);
    const wrong = Buffer.from(bytes);
    wrong[7]! ^= 1;
    for (const name of ['absent', 'present']) {
      await assert.rejects(
        cache.put(key, callerOf('n'), inPieces(wrong, 9_000), { signal: patient }),
        withCode('digest_mismatch'),
        name,
      );
      await assert.rejects(
        cache.put(key, callerOf('n'), inPieces(bytes, 9_000), {
          sizeBytes: 30_001,
          signal: patient,
        }),
        withCode('size_mismatch'),
        name,
      );
      await cache.put(key, callerOf('n'), bytes, { signal: patient });
    }
  });
});

describe('a blob that exists', () => {
  for (const sizeBytes of [1_000, 300_000]) {
    onEachStore(`is read and not written again, ${sizeBytes} bytes`, {}, async (cache, store) => {
      const { key, bytes } = sampleBlob(sizeBytes);
      await cache.put(key, callerOf('n'), bytes, { signal: patient });
      const before = await store.find(key);
      let given = 0;
      async function* watched(): AsyncGenerator<Uint8Array> {
        for await (const piece of inPieces(bytes, 10_000)) {
          given += piece.byteLength;
          yield piece;
        }
      }
      await cache.put(key, callerOf('n'), watched(), { signal: patient });
      const after = await store.find(key);
      assert(before.kind === 'hit' && after.kind === 'hit');
      assert.equal(after.info.generation, before.info.generation);
      assert.equal(given, sizeBytes);
    });
  }
});

describe('what was read lately', () => {
  onEachStore('is not answered once it is replaced, purged or gone', {}, async (cache, store) => {
    const key = actionKey('hot');
    for (const sizeBytes of [100, 200_000]) {
      for (const version of ['one', 'two', 'three']) {
        const bytes = Buffer.alloc(sizeBytes, version);
        // Written behind the back of the cache, as by another process.
        await store.write(key, bytes, { signal: patient });
        for (let read = 0; read < 3; read += 1) {
          const hit = await cache.get(key, callerOf('n'));
          assert(hit.kind === 'hit' && hit.bytes !== undefined);
          assert(bytes.equals(hit.bytes));
        }
      }
      await store.purge({ what: 'key', key }, { signal: patient });
      assert.equal((await cache.get(key, callerOf('n'))).kind, 'miss');
    }
  });

  test('is not read again', async () => {
    const { key, bytes } = sampleBlob(1_000);
    const memory = createMemoryStore({ maxBytes: 0 });
    const info = await memory.write(key, bytes, { signal: patient });
    let reads = 0;
    const store: Store = Object.assign(Object.create(memory) as Store, {
      find: () => ({
        kind: 'hit',
        info,
        get bytes() {
          reads += 1;
          return bytes;
        },
        open: () => Promise.reject(new Error()),
      }),
    });
    const cache = createCache({ store });
    for (let read = 0; read < 5; read += 1)
      assert.equal((await cache.get(key, callerOf('n'))).kind, 'hit');
    assert.equal(reads, 1);
    const without = createCache({ store, limits: { hotBytesMax: 0 } });
    for (let read = 0; read < 5; read += 1) await without.get(key, callerOf('n'));
    assert.equal(reads, 6);
  });
});

describe('action results', () => {
  const build = (named: readonly Digest[]): Buffer => actionResult({ files: named });

  onEachStore('miss when a blob they name is gone', {}, async (cache) => {
    const blobs = [sampleBlob(100), sampleBlob(90_000), sampleBlob(200)];
    const result = actionKey('result');
    const whole = build([
      ...blobs.map(({ digest }) => digest),
      { hash: emptySha256, sizeBytes: 0 },
    ]);
    await cache.put(result, callerOf('n'), whole, { signal: patient });
    for (const { key, bytes } of blobs) {
      assert.equal((await cache.get(result, callerOf('n'))).kind, 'miss');
      assert.equal((await cache.head(result, callerOf('n'))).kind, 'miss');
      await cache.put(key, callerOf('n'), bytes, { signal: patient });
    }
    const hit = await cache.get(result, callerOf('n'));
    assert(hit.kind === 'hit');
    assert.deepEqual(hit.bytes && Buffer.from(hit.bytes), whole);
    await cache.purge({ what: 'key', key: blobs[1]!.key }, callerOf(), { signal: patient });
    assert.equal((await cache.get(result, callerOf('n'))).kind, 'miss');
  });

  onEachStore(
    'hit all the same, when asked not to look',
    { checkReferences: false },
    async (cache) => {
      await cache.put(actionKey('r'), callerOf('n'), build([sampleBlob(10).digest]), {
        signal: patient,
      });
      assert.equal((await cache.get(actionKey('r'), callerOf('n'))).kind, 'hit');
    },
  );

  onEachStore('hit all the same, when said to be something else', {}, async (cache) => {
    const body = build([sampleBlob(10).digest]);
    await cache.put(actionKey('r'), callerOf('n'), body, { opaque: true, signal: patient });
    assert.equal((await cache.get(actionKey('r'), callerOf('n'))).kind, 'hit');
  });
});

async function streamOf(
  hit: CacheHit,
  range: { offsetBytes?: number; lengthBytes?: number } = {},
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of hit.stream({ ...range, signal: patient })) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** An `ActionResult` as a client would send it. */
function actionResult({ files }: { readonly files: readonly Digest[] }): Buffer {
  const writer = new BinaryWriter();
  for (const [index, { hash, sizeBytes }] of files.entries()) {
    writer.tag(2, 2).fork();
    writer.tag(1, 2).string(`out/file${index}`);
    writer.tag(2, 2).fork().tag(1, 2).string(hash).tag(2, 0).int64(sizeBytes).join();
    writer.join();
  }
  return Buffer.from(writer.finish());
}
