import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CacheError } from '../../core/index.ts';
import type { EntryKey, Store } from '../store.ts';
import { type DeclaredDriver, needs } from './declared.ts';
import { isCacheError } from './is-cache-error.ts';
import { actionKey, inPieces, patient, sampleBlob } from './samples.ts';
import type { StoreFactory } from './store-factory.ts';

/** The bound: kept, least recently used first, references last. */
export function boundCases(driver: DeclaredDriver, factory: StoreFactory): void {
  describe('the bound', () => {
    for (const sizeBytes of [1_000, 90_000]) {
      orderCases(driver, factory, sizeBytes);
      boundKeptCases(driver, factory, sizeBytes);
      referenceCases(driver, factory, sizeBytes);
    }

    underWayCases(driver, factory);

    test('refuses what is larger than itself, announced or not', async () => {
      const maxBytes = factory.costBytes(200_000);
      await withStore(factory, maxBytes, async (store) => {
        const small = sampleBlob(1_000);
        await store.write(small.key, small.bytes, { signal: patient });
        const large = sampleBlob(maxBytes + 1);
        for (const sizeBytes of [large.bytes.byteLength, undefined]) {
          async function* source(): AsyncGenerator<Uint8Array> {
            yield large.bytes;
          }
          await assert.rejects(
            store.write(large.key, source(), { sizeBytes, signal: patient }),
            (error) => isCacheError(error, 'too_large'),
          );
        }
        assert.equal((await store.find(small.key)).kind, 'hit');
        assert.equal(await factory.leftovers(store), 0);
      });
    });
  });
}

/** Bodies that are being stored take room like entries. */
function underWayCases(driver: DeclaredDriver, factory: StoreFactory): void {
  const sizeBytes = 1_600_000;
  const maxBytes = Math.floor(factory.costBytes(sizeBytes) * 1.2);
  for (const isAnnounced of [true, false]) {
    const how = isAnnounced ? 'announced' : 'of unknown size';
    test(`counts bodies under way, ${how}`, needs(driver, 'exactBound'), async () => {
      await withStore(factory, maxBytes, async (store) => {
        const small = sampleBlob(1_000);
        await store.write(small.key, small.bytes, { signal: patient });
        const stop = new AbortController();
        // Bytes that each has been given; 0 once it was refused.
        const given = [-1, -1, -1, -1];
        const held = Array.from(given, async (_, index) => {
          const { key, bytes } = sampleBlob(sizeBytes);
          async function* source(): AsyncGenerator<Uint8Array> {
            for await (const piece of inPieces(bytes.subarray(1), 20_000)) {
              given[index] = Math.max(0, given[index] ?? 0) + piece.byteLength;
              yield piece;
            }
            await new Promise(() => {});
          }
          const announced = isAnnounced ? { sizeBytes } : {};
          return await store
            .write(key, source(), { ...announced, signal: stop.signal })
            .catch((error: unknown) => {
              given[index] = 0;
              return error;
            });
        });
        // Until each has been refused or waits for its last byte.
        let usage = await store.usage();
        const isSettled = (bytes: number): boolean => bytes === 0 || bytes === sizeBytes - 1;
        let mostBytes = 0;
        for (let turns = 0; !given.every(isSettled) && turns < turnsMax; turns += 1) {
          await nextTurn();
          usage = await store.usage();
          mostBytes = Math.max(mostBytes, usage.sizeBytes + usage.reservedBytes);
        }
        usage = await store.usage();
        const live = given.filter((bytes) => bytes > 0).length;
        stop.abort();
        assert(
          given.every(isSettled),
          `given ${given.join()} bytes, they neither wait nor are refused`,
        );
        assert(mostBytes <= maxBytes, `${mostBytes} of ${maxBytes} bytes`);
        assert(live <= 1, `${live} bodies under way where one fits`);
        assert(
          usage.reservedBytes >= live * (sizeBytes - 40_000),
          `${usage.reservedBytes} reserved`,
        );
        if (isAnnounced) assert.equal(live, 1);
        const outcomes = await Promise.all(held);
        const codes = outcomes.map((error) => (error instanceof CacheError ? error.code : error));
        const expected = [...Array(live).fill('aborted'), ...Array(4 - live).fill('store_full')];
        assert.deepEqual(codes.toSorted(), expected);
        assert.equal(await factory.leftovers(store), 0);
        const { key, bytes } = sampleBlob(sizeBytes);
        await store.write(key, bytes, { signal: patient });
        assert.equal((await store.find(key)).kind, 'hit');
        for (let wait = 0; usage.reservedBytes > 0 && wait < turnsMax; wait += 1) {
          await nextTurn();
          usage = await store.usage();
        }
        assert.equal(usage.reservedBytes, 0);
      });
    });
  }
}

/** A store that does nothing for this many turns of 2 ms has nothing left to do. */
const turnsMax = 5_000;

/** What was used longest ago goes first. */
function orderCases(driver: DeclaredDriver, factory: StoreFactory, sizeBytes: number): void {
  const strict = needs(driver, 'exactBound', 'strictLru');
  const maxBytes = roomFor(factory, sizeBytes, 3);

  test(`evicts what was used longest ago, ${sizeBytes} bytes per entry`, strict, async () => {
    await withStore(factory, maxBytes, async (store) => {
      const [a, b, c] = await putThree(store, sizeBytes);
      const d = sampleBlob(sizeBytes);
      assert.deepEqual(await presence(store, [a, b, c]), [true, true, true]);
      // `presence` has used all; from here on the order is b, c, a.
      await store.find(b);
      await nextTurn();
      await store.find(c);
      await nextTurn();
      await store.find(a);
      await store.write(d.key, d.bytes, { signal: patient });
      assert.equal((await store.find(d.key)).kind, 'hit');
      assert.deepEqual(await presence(store, [b, c, a]), [false, true, true]);
      const usage = await store.usage();
      assert.equal(usage.evictedEntries, 1);
      assert.equal(usage.evictedBytes, sizeBytes);
      assert.equal(usage.entries, 3);
    });
  });

  test(`counts a use without reading, ${sizeBytes} bytes per entry`, strict, async () => {
    await withStore(factory, maxBytes, async (store) => {
      const [a, b, c] = await putThree(store, sizeBytes);
      const d = sampleBlob(sizeBytes);
      store.touch([a]);
      await store.write(d.key, d.bytes, { signal: patient });
      assert.deepEqual(await presence(store, [b, a, c]), [false, true, true]);
    });
  });
}

function boundKeptCases(driver: DeclaredDriver, factory: StoreFactory, sizeBytes: number): void {
  const maxBytes = roomFor(factory, sizeBytes, 8);

  test(
    `never exceeds the bound, ${sizeBytes} bytes per entry`,
    needs(driver, 'exactBound'),
    async () => {
      await withStore(factory, maxBytes, async (store) => {
        for (let round = 0; round < 6; round += 1) {
          await putBlobs(store, 5, sizeBytes);
          const usage = await store.usage();
          assert(usage.sizeBytes <= maxBytes, `${usage.sizeBytes} of ${maxBytes}`);
          assert(usage.sizeBytes >= usage.entries * sizeBytes);
          assert.equal(usage.maxBytes, maxBytes);
        }
        const usage = await store.usage();
        assert(usage.entries >= 6, `${usage.entries} entries`);
        assert.equal(usage.entries + usage.evictedEntries, 30);
      });
    },
  );

  test(`comes back below the bound soon, ${sizeBytes} bytes per entry`, async () => {
    await withStore(factory, maxBytes, async (store) => {
      await putBlobs(store, 40, sizeBytes);
      let usage = await store.usage();
      for (let wait = 0; usage.sizeBytes > maxBytes && wait < 1_000; wait += 1) {
        await nextTurn();
        usage = await store.usage();
      }
      assert(usage.sizeBytes <= maxBytes, `${usage.sizeBytes} of ${maxBytes}`);
      assert.equal(usage.entries + usage.evictedEntries, 40);
    });
  });
}

/** What a result names outlives it. */
function referenceCases(driver: DeclaredDriver, factory: StoreFactory, sizeBytes: number): void {
  const exact = needs(driver, 'exactBound');
  const strict = needs(driver, 'exactBound', 'strictLru');
  const maxBytes = roomFor(factory, sizeBytes, 6);

  test(
    `keeps the blobs of a result longer than the result, ${sizeBytes} bytes`,
    strict,
    async () => {
      await withStore(factory, maxBytes, async (store) => {
        const blobs = await putBlobs(store, 2, sizeBytes);
        const result = actionKey('result');
        const named = blobs.flatMap((key) =>
          key.space === 'cas' ? [{ hash: key.hash, sizeBytes }] : [],
        );
        await store.write(result, Buffer.from('result'), {
          references: () => ({ digests: named, isComplete: true }),
          signal: patient,
        });
        // Eight more would push all three out; a use of the result alone keeps what it names.
        for (let round = 0; round < 8; round += 1) {
          await putBlobs(store, 1, sizeBytes);
          assert.equal((await store.find(result)).kind, 'hit', `round ${round}`);
          await nextTurn();
        }
        assert((await store.usage()).evictedEntries > 0);
        assert.deepEqual(await presence(store, blobs), [true, true]);
      });
    },
  );

  for (const evictions of [4, 5, 6, 7, 8])
    test(
      `lets a result go before its blobs, ${evictions} blobs of ${sizeBytes} bytes later`,
      exact,
      async () => {
        await withStore(factory, maxBytes, async (store) => {
          const [blob] = await putBlobs(store, 1, sizeBytes);
          assert(blob?.space === 'cas');
          await putBlobs(store, 2, sizeBytes);
          const result = actionKey('result');
          const { hash } = blob;
          await store.write(result, Buffer.from('result'), {
            references: () => ({ digests: [{ hash, sizeBytes }], isComplete: true }),
            signal: patient,
          });
          // Until the blob and what else is old has gone, looking at nothing meanwhile.
          await putBlobs(store, evictions, sizeBytes);
          assert((await store.usage()).evictedEntries > 0);
          const [blobGone, resultGone] = await store.missing([blob, result]);
          assert(!blobGone || resultGone, 'the blob went and the result stayed');
        });
      },
    );
}

/** A bound that exactly this many entries fit into. */
function roomFor(factory: StoreFactory, sizeBytes: number, count: number): number {
  return Math.floor(factory.costBytes(sizeBytes) * (count + 0.5));
}

/** Opens a store for one case and closes it after. */
export async function withStore(
  factory: StoreFactory,
  maxBytes: number,
  run: (store: Store) => Promise<void>,
): Promise<void> {
  const store = await factory.open({ maxBytes });
  try {
    await run(store);
  } finally {
    await store.close();
  }
}

async function putThree(store: Store, sizeBytes: number): Promise<[EntryKey, EntryKey, EntryKey]> {
  return (await putBlobs(store, 3, sizeBytes)) as [EntryKey, EntryKey, EntryKey];
}

/** Stores blobs one after the other. @returns their keys. */
async function putBlobs(store: Store, count: number, sizeBytes: number): Promise<EntryKey[]> {
  const keys: EntryKey[] = [];
  for (let index = 0; index < count; index += 1) {
    const { key, bytes } = sampleBlob(sizeBytes);
    await store.write(key, bytes, { signal: patient });
    keys.push(key);
  }
  return keys;
}

/** Which of the keys are there. Uses those that are. */
async function presence(store: Store, keys: readonly EntryKey[]): Promise<boolean[]> {
  return (await store.missing(keys)).map((missing) => !missing);
}

/** Lets time pass, so that uses get an order. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 2));
}
