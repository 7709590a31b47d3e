import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { CacheError } from '../../../core/index.ts';
import type { Cleanup } from '../../../testing/cleanup.ts';
import { startEngines } from '../../../testing/start-engines.ts';
import { needsRedis } from '../../../testing/start-redis.ts';
import type { S3Fault } from '../../../testing/start-s3.ts';
import { describeStore } from '../../conformance/index.ts';
import { actionKey, inPieces, patient, readEntry, sampleBlob } from '../../conformance/samples.ts';
import type { Store } from '../../store.ts';
import { sharedDriver } from './driver.ts';
import { entryCostBytes } from './entry-cost.ts';
import { partBytesMin } from './objects/object-upload.ts';
import { openSharedStore } from './open.ts';
import type { SharedStoreOptions } from './options.ts';
import { countLeftovers, ownedGenerations } from './testing/inspect.ts';

describe('over a real Redis and an S3 server', needsRedis, () => {
  const t: Cleanup = { after };
  const engines = startEngines(t);
  const opened = new WeakMap<Store, string>();
  const warnings: string[] = [];
  process.on('warning', ({ message }) => warnings.push(message));

  const open = async (
    options: Partial<SharedStoreOptions> & { readonly maxBytes: number },
  ): Promise<Store> => {
    const keyPrefix = options.keyPrefix ?? randomUUID();
    const store = await openSharedStore({
      ...(await engines)!.optionsFor(keyPrefix),
      ...options,
      keyPrefix,
    });
    opened.set(store, keyPrefix);
    return store;
  };
  const openFor = async (t: Cleanup, options: Partial<SharedStoreOptions> = {}): Promise<Store> => {
    const store = await open({ maxBytes: 0, ...options });
    t.after(() => store.close());
    return store;
  };
  const objectsOf = async (store: Store): Promise<string[]> => {
    const prefix = `${opened.get(store)}/`;
    const names = await (await engines)!.s3.objects();
    return names.flatMap((name) => (name.startsWith(prefix) ? [name.slice(prefix.length)] : []));
  };
  /** Objects that neither an entry owns nor the garbage names. */
  const strayObjects = async (store: Store): Promise<number> => {
    const owned = await ownedGenerations((await engines)!.redis.port, opened.get(store) ?? '');
    return (await objectsOf(store)).filter((name) => !owned.has(name)).length;
  };

  describeStore('the shared store with objects', sharedDriver, {
    open,
    openBeside: (store, options) => open({ ...options, keyPrefix: opened.get(store) }),
    leftovers: async (store) =>
      (await countLeftovers((await engines)!.redis.port, opened.get(store) ?? '')) +
      (await strayObjects(store)),
    costBytes: (sizeBytes) => {
      const isObject = sizeBytes > 16_384;
      const keptBytes = isObject ? 4 * Math.ceil(sizeBytes / 2 ** 18) : sizeBytes;
      const row = { sizeBytes: keptBytes, keyBytes: 33, extraBytes: 0, references: 0 };
      return entryCostBytes(row) + (isObject ? sizeBytes : 0);
    },
  });

  test('a body in parts is read whole and from any offset, and says what it is', async (t) => {
    const store = await openFor(t);
    const { key, bytes } = sampleBlob(partBytesMin + 300_001);
    await store.write(key, inPieces(bytes, 60_000), { signal: patient });
    assert.deepEqual(await readEntry(store, key), bytes);
    const found = await store.find(key);
    assert(found.kind === 'hit' && found.checksItself);
    const range = { offsetBytes: partBytesMin - 5, lengthBytes: 300_000, signal: patient };
    const chunks: Uint8Array[] = [];
    for await (const chunk of await found.open(range)) chunks.push(chunk);
    const end = partBytesMin - 5 + 300_000;
    assert.deepEqual(Buffer.concat(chunks), bytes.subarray(partBytesMin - 5, end));
  });

  test('a large action result has its references, and stays an object when they are replaced', async (t) => {
    const store = await openFor(t);
    const blob = sampleBlob(10);
    const key = actionKey('large result');
    const { bytes } = sampleBlob(40_000);
    const written = await store.write(key, inPieces(bytes, 9_000), {
      references: (whole) => {
        assert.deepEqual(Buffer.from(whole), bytes);
        return { digests: [blob.digest], isComplete: false };
      },
      signal: patient,
    });
    const named = { digests: [blob.digest], isComplete: true };
    assert.equal(await store.setReferences(key, written.generation, named), true);
    assert.deepEqual(await readEntry(store, key), bytes);
    assert.equal((await objectsOf(store)).length, 1);
  });

  test('the object of a write that came second is garbage', async (t) => {
    const store = await openFor(t);
    const key = actionKey('only once');
    const options = { ifAbsent: true, signal: patient };
    await store.write(key, sampleBlob(30_000).bytes, options);
    await assert.rejects(store.write(key, sampleBlob(30_000).bytes, options), hasCode('exists'));
    assert.equal((await objectsOf(store)).length, 2);
    assert.equal(await strayObjects(store), 0);
  });

  test('the SDK warns nobody of the Node that runs it', () => {
    assert.deepEqual(
      warnings.filter((text) => text.includes('AWS')),
      [],
    );
  });

  test('an object goes once its entry has been gone for the grace', async (t) => {
    const store = await openFor(t, { graceMs: 50 });
    const key = actionKey('overwritten');
    await store.write(key, sampleBlob(30_000).bytes, { signal: patient });
    const { bytes } = sampleBlob(30_000);
    await store.write(key, bytes, { signal: patient });
    while ((await objectsOf(store)).length > 1) await sleep(20);
    assert.deepEqual(await readEntry(store, key), bytes);
    await store.purge({ what: 'key', key }, { signal: patient });
    while ((await objectsOf(store)).length > 0) await sleep(20);
  });

  test('a damaged object is found before a wrong byte goes out', async (t) => {
    const store = await openFor(t);
    const { key, bytes } = sampleBlob(600_000);
    await store.write(key, bytes, { signal: patient });
    const [name] = await objectsOf(store);
    await (await engines)!.s3.damage(`${opened.get(store)}/${name}`);
    await assert.rejects(readEntry(store, key), hasCode('damaged'));
  });

  test('a transfer that is cut goes on where it was', async (t) => {
    const s3 = (await engines)!.s3;
    const store = await openFor(t);
    const { key, bytes } = sampleBlob(1_500_000);
    await store.write(key, bytes, { signal: patient });
    s3.fault = 'cut';
    t.after(() => {
      s3.fault = undefined;
    });
    assert.deepEqual(await readEntry(store, key), bytes);
  });

  const faults: readonly S3Fault[] = ['down', 500, 503, 'silent'];
  for (const fault of faults) {
    test(`while S3 is ${fault} nothing hangs, entries stay, and it recovers by itself`, async (t) => {
      const s3 = (await engines)!.s3;
      const store = await openFor(t, { s3TimeoutMs: 300 });
      const kept = sampleBlob(400_000);
      const small = sampleBlob(1_000);
      const result = actionKey('result');
      await until(async () => {
        await store.write(kept.key, kept.bytes, { signal: patient });
        return true;
      });
      await store.write(small.key, small.bytes, { signal: patient });
      await store.write(result, Buffer.from('result'), {
        references: () => ({ digests: [kept.digest], isComplete: true }),
        signal: patient,
      });
      s3.fault = fault;
      t.after(() => {
        s3.fault = undefined;
      });
      const lost = sampleBlob(50_000);
      await until(async () => {
        await assert.rejects(
          store.write(lost.key, lost.bytes, { signal: patient }),
          hasCode('unavailable'),
        );
        return (await store.find(kept.key)).kind === 'miss';
      });
      assert.deepEqual(await store.missing([kept.key, small.key]), [true, false]);
      assert.deepEqual(await readEntry(store, small.key), small.bytes);
      const found = await store.find(result);
      assert(found.kind === 'hit');
      assert.equal(found.info.references.areAllThere, false);
      const asked = s3.requests;
      await store.find(kept.key);
      assert(s3.requests - asked <= 2, 'no more than probes are sent');
      s3.fault = undefined;
      await until(async () => (await store.find(kept.key)).kind === 'hit');
      await until(async () => (await readEntry(store, kept.key))?.equals(kept.bytes) === true);
      assert.equal((await store.find(lost.key)).kind, 'miss');
    });
  }
});

function hasCode(code: string): (error: unknown) => boolean {
  return (error) => error instanceof CacheError && error.code === code;
}

async function until(isDone: () => Promise<boolean>): Promise<void> {
  let reason: unknown;
  for (let look = 0; look < 300; look += 1) {
    try {
      if (await isDone()) return;
    } catch (error) {
      reason = error;
    }
    await sleep(50);
  }
  assert.fail(`it does not come to pass: ${reason}`);
}
