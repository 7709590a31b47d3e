import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { sha256Of } from '../../core/index.ts';
import type { Store } from '../store.ts';
import { type DeclaredDriver, needs, needsSharing } from './declared.ts';
import { actionKey, patient, readEntry, sampleBlob, storedUsage } from './samples.ts';
import type { StoreFactory } from './store-factory.ts';

/** Two stores open on one backend, as two processes of a server have them. */
export function sharingCases(driver: DeclaredDriver, factory: StoreFactory): void {
  describe('two stores on one backend', needsSharing(driver), () => {
    for (const sizeBytes of [1_000, 300_000]) sharedEntryCases(factory, sizeBytes);

    test('of two writes that require the key to be absent one succeeds', async () => {
      await withTwoStores(factory, 0, async (one, other) => {
        for (let round = 0; round < 20; round += 1) {
          const key = actionKey(`absent ${round}`);
          const outcomes = await Promise.allSettled(
            [one, other].map((store) =>
              store.write(key, randomBytes(100), { ifAbsent: true, signal: patient }),
            ),
          );
          const refused = outcomes.filter(({ status }) => status === 'rejected');
          assert.equal(refused.length, 1);
        }
      });
    });

    test('what one drops as damaged is gone for the other', async () => {
      await withTwoStores(factory, 0, async (one, other) => {
        const key = actionKey('damaged');
        const { generation } = await one.write(key, Buffer.from('bad'), { signal: patient });
        assert.equal(await other.dropDamaged(key, generation), true);
        assert.equal((await one.find(key)).kind, 'miss');
      });
    });

    test('one closes and the other keeps working', async () => {
      const one = await factory.open({ maxBytes: 0 });
      const other = await openBeside(factory, one, 0);
      const { key, bytes } = sampleBlob(1_000);
      await one.write(key, bytes, { signal: patient });
      await one.close();
      assert.deepEqual(await readEntry(other, key), bytes);
      const late = sampleBlob(1_000);
      await other.write(late.key, late.bytes, { signal: patient });
      assert.deepEqual(await readEntry(other, late.key), late.bytes);
      await other.close();
    });

    test('both keep one bound', needs(driver, 'exactBound'), async () => {
      const maxBytes = Math.floor(factory.costBytes(1_000) * 8.5);
      await withTwoStores(factory, maxBytes, async (one, other) => {
        for (let round = 0; round < 20; round += 1) {
          await Promise.all(
            [one, other].map(async (store) => {
              const { key, bytes } = sampleBlob(1_000);
              await store.write(key, bytes, { signal: patient });
            }),
          );
          const usage = await other.usage();
          assert(usage.sizeBytes <= maxBytes, `${usage.sizeBytes} of ${maxBytes}`);
        }
        const { entries, evictedEntries } = await one.usage();
        assert.equal(entries + evictedEntries, 40);
      });
    });
  });
}

/** What one does to an entry, the other sees. */
function sharedEntryCases(factory: StoreFactory, sizeBytes: number): void {
  test(`each finds at once what the other wrote, ${sizeBytes} bytes`, async () => {
    await withTwoStores(factory, 0, async (one, other) => {
      for (const [writer, reader] of [
        [one, other],
        [other, one],
      ] as const) {
        const { key, bytes } = sampleBlob(sizeBytes);
        assert.deepEqual(await reader.missing([key]), [true]);
        await writer.write(key, bytes, { signal: patient });
        assert.deepEqual(await readEntry(reader, key), bytes);
        assert.deepEqual(await reader.missing([key]), [false]);
      }
      assert.equal((await one.usage()).entries, 2);
      assert.deepEqual(await storedUsage(other), await storedUsage(one));
    });
  });

  test(`a purge by one is seen by the other, ${sizeBytes} bytes`, async () => {
    await withTwoStores(factory, 0, async (one, other) => {
      const [purged, kept] = [actionKey('k', 'purged'), actionKey('k', 'kept')];
      for (const key of [purged, kept]) {
        await one.write(key, randomBytes(sizeBytes), { signal: patient });
        assert.equal((await other.find(key)).kind, 'hit');
      }
      const gone = await one.purge({ what: 'namespace', namespace: 'purged' }, { signal: patient });
      assert.deepEqual(gone, { entries: 1, sizeBytes });
      assert.equal((await other.find(purged)).kind, 'miss');
      assert.deepEqual(await other.missing([purged, kept]), [true, false]);
    });
  });

  test(`of two writes to one key at once one is kept whole, ${sizeBytes} bytes`, async () => {
    await withTwoStores(factory, 0, async (one, other) => {
      const key = actionKey('contended');
      for (let round = 0; round < 20; round += 1) {
        const bodies = [randomBytes(sizeBytes), randomBytes(sizeBytes + 1)] as const;
        await Promise.all([
          one.write(key, bodies[0], { signal: patient }),
          other.write(key, bodies[1], { signal: patient }),
        ]);
        const found = await one.find(key);
        assert(found.kind === 'hit');
        const bytes = await readEntry(other, key);
        assert(bytes !== undefined);
        assert(bodies.some((body) => body.equals(bytes)));
        assert.equal(found.info.sha256, sha256Of(bytes), 'the two stores differ');
      }
      assert.equal((await one.usage()).entries, 1);
      assert.equal(await factory.leftovers(one), 0);
    });
  });
}

async function withTwoStores(
  factory: StoreFactory,
  maxBytes: number,
  run: (one: Store, other: Store) => Promise<void>,
): Promise<void> {
  const one = await factory.open({ maxBytes });
  const other = await openBeside(factory, one, maxBytes);
  try {
    await run(one, other);
  } finally {
    await one.close();
    await other.close();
  }
}

async function openBeside(factory: StoreFactory, store: Store, maxBytes: number): Promise<Store> {
  assert(factory.openBeside !== undefined, 'a factory of shared stores takes openBeside');
  return await factory.openBeside(store, { maxBytes });
}
