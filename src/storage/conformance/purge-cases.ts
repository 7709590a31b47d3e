import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Clock } from '../../core/index.ts';
import type { Store } from '../store.ts';
import { isCacheError } from './is-cache-error.ts';
import { actionKey, patient, sampleBlob } from './samples.ts';
import type { StoreFactory } from './store-factory.ts';

/** Purging takes what is selected, all of it and nothing else. */
export function purgeCases(factory: StoreFactory): void {
  describe('purging', () => {
    namedCases(factory);
    agedCases(factory);

    test('takes thousands, and can be aborted', async () => {
      await withHeldClock(factory, async (store, clock) => {
        const count = 5_000;
        await Promise.all(
          Array.from({ length: count }, (_, index) =>
            store.write(actionKey(`key ${index}`, 'many'), Buffer.from('1'), { signal: patient }),
          ),
        );
        clock.forward(10_000);
        await assert.rejects(
          store.purge({ what: 'older', thanMs: 1 }, { signal: AbortSignal.abort() }),
          (error) => isCacheError(error, 'aborted'),
        );
        assert.equal((await store.usage()).entries, count);
        const purged = await store.purge({ what: 'older', thanMs: 1 }, { signal: patient });
        assert.deepEqual(purged, { entries: count, sizeBytes: count });
        const usage = await store.usage();
        assert.deepEqual([usage.entries, usage.sizeBytes], [0, 0]);
        assert.equal(await factory.leftovers(store), 0);
      });
    });
  });
}

/** What is selected by its name. */
function namedCases(factory: StoreFactory): void {
  test('takes one key', async () => {
    await withHeldClock(factory, async (store) => {
      const keys = [actionKey('a'), actionKey('b'), sampleBlob(16).key];
      await store.write(keys[0]!, Buffer.from('12345'), { signal: patient });
      await store.write(keys[1]!, Buffer.from('12345'), { signal: patient });
      const purged = await store.purge({ what: 'key', key: keys[0]! }, { signal: patient });
      assert.deepEqual(purged, { entries: 1, sizeBytes: 5 });
      assert.deepEqual(await store.missing(keys), [true, false, true]);
      const nothing = await store.purge({ what: 'key', key: keys[0]! }, { signal: patient });
      assert.deepEqual(nothing, { entries: 0, sizeBytes: 0 });
    });
  });

  test('takes a namespace and not its neighbours', async () => {
    await withHeldClock(factory, async (store) => {
      const blob = sampleBlob(100);
      await store.write(blob.key, blob.bytes, { signal: patient });
      const names = ['team', 'team2', 'tea', 'team/x', ''];
      const keysOf = (namespace: string): ReturnType<typeof actionKey>[] =>
        ['k', 'l'.repeat(2_000), 'm🙂'].map((key) => actionKey(key, namespace));
      for (const key of names.flatMap(keysOf)) {
        await store.write(key, Buffer.from('12'), { signal: patient });
      }
      const purged = await store.purge(
        { what: 'namespace', namespace: 'team' },
        { signal: patient },
      );
      assert.deepEqual(purged, { entries: 3, sizeBytes: 6 });
      for (const name of names) {
        const gone = name === 'team';
        assert.deepEqual(await store.missing(keysOf(name)), [gone, gone, gone], name);
      }
      assert.deepEqual(await store.missing([blob.key]), [false]);
    });
  });
}

/** What is selected by its times. */
function agedCases(factory: StoreFactory): void {
  test('takes what was not used for a time', async () => {
    await withHeldClock(factory, async (store, clock) => {
      const samples = [sampleBlob(10), sampleBlob(90_000), sampleBlob(20)];
      for (const { key, bytes } of samples) await store.write(key, bytes, { signal: patient });
      clock.forward(10_000);
      await store.find(samples[1]!.key);
      await nextTurn();
      clock.forward(10_000);
      const late = sampleBlob(30);
      await store.write(late.key, late.bytes, { signal: patient });
      const purged = await store.purge({ what: 'unused', forMs: 15_000 }, { signal: patient });
      assert.deepEqual(purged, { entries: 2, sizeBytes: 30 });
      const keys = [...samples, late].map(({ key }) => key);
      assert.deepEqual(await store.missing(keys), [true, false, true, false]);
    });
  });

  test('takes what was stored before a time, used or not', async () => {
    await withHeldClock(factory, async (store, clock) => {
      const [old, young] = [sampleBlob(10), sampleBlob(20)];
      await store.write(old.key, old.bytes, { signal: patient });
      clock.forward(10_000);
      await store.write(young.key, young.bytes, { signal: patient });
      await store.find(old.key);
      const purged = await store.purge({ what: 'older', thanMs: 5_000 }, { signal: patient });
      assert.deepEqual(purged, { entries: 1, sizeBytes: 10 });
      assert.deepEqual(await store.missing([old.key, young.key]), [true, false]);
    });
  });
}

interface HeldClock extends Clock {
  forward(ms: number): void;
}

async function withHeldClock(
  factory: StoreFactory,
  run: (store: Store, clock: HeldClock) => Promise<void>,
): Promise<void> {
  let nowMs = 1_700_000_000_000;
  const clock: HeldClock = {
    nowMs: () => nowMs,
    monotonicMs: () => nowMs,
    forward: (ms) => {
      nowMs += ms;
    },
  };
  const store = await factory.open({ maxBytes: 0, clock });
  try {
    await run(store, clock);
  } finally {
    await store.close();
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 2));
}
