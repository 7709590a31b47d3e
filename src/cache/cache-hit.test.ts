import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { CacheError } from '../core/index.ts';
import { inPieces, patient, sampleBlob } from '../storage/conformance/index.ts';
import { openEmbeddedStore } from '../storage/drivers/embedded/index.ts';
import { createMemoryStore } from '../storage/drivers/memory/index.ts';
import type { Store } from '../storage/index.ts';
import { callerOf } from '../testing/caller.ts';
import { damageFile } from '../testing/damage-file.ts';
import { tempDir } from '../testing/temp-dir.ts';
import { countedIn } from './counted-cache.ts';
import { createCache } from './create-cache.ts';
import { LookupCounters } from './lookup-counters.ts';

describe('damage', () => {
  test('in the index is a miss, counted and dropped', async () => {
    const { key, bytes } = sampleBlob(1_000);
    const memory = createMemoryStore({ maxBytes: 0 });
    const info = await memory.write(key, bytes, { signal: patient });
    const wrong = Buffer.from(bytes);
    wrong[1]! ^= 1;
    const store: Store = Object.assign(Object.create(memory) as Store, {
      find: () => ({ kind: 'hit', info, bytes: wrong, open: () => Promise.reject(new Error()) }),
      dropDamaged: memory.dropDamaged.bind(memory),
      usage: memory.usage.bind(memory),
    });
    const counters = new LookupCounters();
    const cache = countedIn(counters)(createCache({ store }));
    assert.equal((await cache.get(key, callerOf('n'))).kind, 'miss');
    assert.equal((await cache.usage()).damagedEntries, 1);
    assert.equal((await cache.usage()).entries, 0);
    assert.equal(counters.rows()[0]?.misses, 1);
  });

  test('is not what an engine that does not answer means: a miss, and the entry stays', async () => {
    const { key, bytes } = sampleBlob(1_000);
    const memory = createMemoryStore({ maxBytes: 0 });
    const info = await memory.write(key, bytes, { signal: patient });
    const away = new CacheError('unavailable', 'the object store does not answer');
    const store: Store = Object.assign(Object.create(memory) as Store, {
      find: () => ({ kind: 'hit', info, bytes: undefined, open: () => Promise.reject(away) }),
      usage: memory.usage.bind(memory),
    });
    const cache = createCache({ store });
    assert.equal((await cache.get(key, callerOf('n'))).kind, 'miss');
    const { entries, damagedEntries } = await cache.usage();
    assert.deepEqual([entries, damagedEntries], [1, 0]);
  });

  for (const sizeBytes of [100_000, 3_000_000]) {
    test(`in a file of ${sizeBytes} bytes never arrives complete`, async () => {
      const dir = mkdtempSync(join(tmpdir(), 'memobuild-cache-'));
      const cache = createCache({ store: await openEmbeddedStore({ dir, maxBytes: 0 }) });
      const { key, bytes } = sampleBlob(sizeBytes);
      await cache.put(key, callerOf('n'), bytes, { signal: patient });
      const wrong = Buffer.from(bytes);
      wrong[sizeBytes - 1]! ^= 1;
      const [file] = readdirSync(join(dir, 'blobs'), {
        recursive: true,
        withFileTypes: true,
      }).filter((entry) => entry.isFile());
      writeFileSync(join(file!.parentPath, file!.name), wrong);
      const found = await cache.get(key, callerOf('n'));
      if (found.kind === 'hit') {
        let arrived = 0;
        await assert.rejects(
          async () => {
            for await (const chunk of found.stream({ signal: patient }))
              arrived += chunk.byteLength;
          },
          (error) => error instanceof CacheError && error.code === 'damaged',
        );
        assert(arrived < sizeBytes);
      } else {
        assert(sizeBytes < 2 ** 20);
      }
      await until(async () => (await cache.usage()).damagedEntries === 1);
      assert.equal((await cache.get(key, callerOf('n'))).kind, 'miss');
      await cache.put(key, callerOf('n'), bytes, { signal: patient });
      assert.equal((await cache.get(key, callerOf('n'))).kind, 'hit');
      await cache.close();
      rmSync(dir, { recursive: true, force: true });
    });
  }

  for (const sizeBytes of [600_000, 3_000_000]) {
    test(`in a body of ${sizeBytes} bytes is never part of a range, and does not harm the others`, async (t) => {
      const dir = await tempDir(t);
      const cache = createCache({ store: await openEmbeddedStore({ dir, maxBytes: 0 }) });
      const damaged = sizeBytes - 300_000;
      for (const [offsetBytes, lengthBytes] of [
        [0, 100],
        [damaged - 10, 20],
        [damaged, 1],
        [damaged - 100_000, 200_000],
        [damaged + 1, 5],
        [sizeBytes - 1, 1],
        [1, sizeBytes - 1],
      ] as const) {
        const { key, bytes } = sampleBlob(sizeBytes);
        await cache.put(key, callerOf('n'), inPieces(bytes, 99_999), { signal: patient });
        const found = await cache.head(key, callerOf('n'));
        assert(found.kind === 'hit');
        damageFile(dir, damaged, (body) => body.equals(bytes));
        const chunks: Uint8Array[] = [];
        const reading = async (): Promise<void> => {
          const range = { offsetBytes, lengthBytes, signal: patient };
          for await (const chunk of found.stream(range)) chunks.push(chunk);
        };
        let isDamaged = false;
        await reading().catch((error: unknown) => {
          assert(error instanceof CacheError && error.code === 'damaged', String(error));
          isDamaged = true;
        });
        const arrived = Buffer.concat(chunks);
        const expected = bytes.subarray(offsetBytes, offsetBytes + lengthBytes);
        assert.deepEqual(arrived, expected.subarray(0, arrived.byteLength), 'no wrong byte');
        const hasDamage = offsetBytes <= damaged && damaged < offsetBytes + lengthBytes;
        if (hasDamage) assert(isDamaged, `${lengthBytes} at ${offsetBytes}`);
        if (!isDamaged) assert.equal(arrived.byteLength, lengthBytes);
        if (sizeBytes > 2 ** 20 && offsetBytes + lengthBytes < damaged - 300_000) {
          assert(!isDamaged, 'only what is read is compared');
        }
        const counted = (await cache.usage()).damagedEntries;
        if (isDamaged) {
          await until(async () => (await cache.get(key, callerOf('n'))).kind === 'miss');
          assert((await cache.usage()).damagedEntries >= counted);
        }
        await cache.purge({ what: 'key', key }, callerOf('n'), { signal: patient });
      }
      assert((await cache.usage()).damagedEntries >= 4);
      await cache.close();
    });
  }

  test('is mended by the next put', async () => {
    const { key, bytes } = sampleBlob(1_000);
    const memory = createMemoryStore({ maxBytes: 0 });
    const info = await memory.write(key, bytes, { signal: patient });
    let writes = 0;
    const store: Store = Object.assign(Object.create(memory) as Store, {
      find: () => ({
        kind: 'hit',
        info,
        bytes: randomBytes(1_000),
        open: () => Promise.reject(new Error()),
      }),
      dropDamaged: memory.dropDamaged.bind(memory),
      write: (...args: Parameters<Store['write']>) => {
        writes += 1;
        return memory.write(...args);
      },
    });
    await createCache({ store }).put(key, callerOf('n'), bytes, { signal: patient });
    assert.equal(writes, 1);
  });
});

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 200 && !(await holds()); attempt += 1) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert(await holds());
}
