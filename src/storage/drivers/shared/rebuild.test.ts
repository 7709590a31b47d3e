import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from '@redis/client';
import { silentLogger, systemClock } from '../../../core/index.ts';
import type { Cleanup } from '../../../testing/cleanup.ts';
import { startEngines } from '../../../testing/start-engines.ts';
import { needsRedis } from '../../../testing/start-redis.ts';
import { actionKey, inPieces, patient, readEntry, sampleBlob } from '../../conformance/samples.ts';
import type { Store } from '../../store.ts';
import type { RebuiltIndex } from '../../store-driver.ts';
import { partBytesMin } from './objects/object-upload.ts';
import { openSharedStore, rebuildSharedStore } from './open.ts';
import type { SharedStoreOptions } from './options.ts';
import { inspect } from './testing/inspect.ts';

describe('a bucket whose Redis was lost', needsRedis, () => {
  const t: Cleanup = { after };
  const engines = startEngines(t);
  const warnings: string[] = [];
  process.on('warning', ({ message }) => warnings.push(message));

  interface Lost {
    readonly store: Store;
    readonly objects: () => Promise<string[]>;
    readonly loseRedis: () => Promise<void>;
    readonly rebuild: (isEmpty?: boolean) => Promise<RebuiltIndex>;
    readonly leftovers: () => Promise<number>;
  }

  const openFor = async (t: Cleanup, options: Partial<SharedStoreOptions> = {}): Promise<Lost> => {
    const { redis, s3, optionsFor } = (await engines)!;
    const keyPrefix = options.keyPrefix ?? randomUUID();
    const all = { ...optionsFor(keyPrefix), ...options };
    const store = await openSharedStore(all);
    t.after(() => store.close());
    return {
      store,
      objects: async () => (await s3.objects()).filter((name) => name.startsWith(`${keyPrefix}/`)),
      loseRedis: async () => {
        const client = createClient({ socket: { host: '127.0.0.1', port: redis.port } });
        await client.connect();
        await client.flushAll();
        client.destroy();
      },
      rebuild: (isEmpty = false) =>
        rebuildSharedStore(all, {
          isEmpty,
          onProgress: () => {},
          logger: silentLogger,
          signal: new AbortController().signal,
        }),
      leftovers: async () => {
        const { intents, astray } = await inspect(redis.port, keyPrefix);
        return intents + astray;
      },
    };
  };

  test('has all its entries again, each whole, and of one key the last', async (t) => {
    const { store, loseRedis, rebuild, leftovers, objects } = await openFor(t);
    const blobs = [20_000, 400_000, partBytesMin + 5].map((sizeBytes) => sampleBlob(sizeBytes));
    for (const { key, bytes } of blobs) {
      await store.write(key, inPieces(bytes, 100_000), { signal: patient });
    }
    const small = sampleBlob(100);
    await store.write(small.key, small.bytes, { signal: patient });
    const artifact = { key: actionKey('artifact', 'team/ä'), ...bytesOf(60_000) };
    await store.write(artifact.key, sampleBlob(50_000).bytes, { signal: patient });
    // An object list says when to the second.
    await sleep(1_100);
    await store.write(artifact.key, artifact.bytes, { signal: patient });
    const result = { key: actionKey('result'), ...bytesOf(40_000) };
    await store.write(result.key, result.bytes, {
      references: () => ({ digests: [blobs[0]!.digest], isComplete: true }),
      signal: patient,
    });
    await loseRedis();
    assert.equal((await store.find(blobs[0]!.key)).kind, 'miss');
    const s3 = (await engines)!.s3;
    s3.fault = 'cut';
    t.after(() => {
      s3.fault = undefined;
    });
    const rebuilt = await rebuild();
    s3.fault = undefined;
    assert.equal((await store.usage()).entries, 5);
    assert.equal(rebuilt.leftObjects, 0);
    for (const { key, bytes } of [...blobs, artifact, result]) {
      assert.deepEqual(await readEntry(store, key), bytes);
    }
    assert.equal((await store.find(small.key)).kind, 'miss');
    const found = await store.find(result.key);
    assert(found.kind === 'hit');
    assert.equal(found.info.references.isComplete, false, 'what it names is to be found again');
    const opaque = await store.find(artifact.key);
    assert(opaque.kind === 'hit');
    assert.equal(opaque.info.references.isComplete, true);
    assert.equal(await leftovers(), 0);
    assert.equal((await rebuild()).entries, 0, 'a second one has nothing to do');
    assert((await objects()).length >= 5);
  });

  test('keeps what was written since, and rebuilds at once lose nothing', async (t) => {
    const { store, loseRedis, rebuild, objects } = await openFor(t);
    const key = actionKey('written since');
    await store.write(key, sampleBlob(30_000).bytes, { signal: patient });
    const blob = sampleBlob(300_000);
    await store.write(blob.key, blob.bytes, { signal: patient });
    const others = Array.from({ length: 20 }, () => sampleBlob(17_000));
    for (const { key, bytes } of others) await store.write(key, bytes, { signal: patient });
    await loseRedis();
    await sleep(1_100);
    const { bytes } = sampleBlob(30_000);
    await store.write(key, bytes, { signal: patient });
    await Promise.all([rebuild(), rebuild(), rebuild()]);
    assert.deepEqual(await readEntry(store, key), bytes);
    assert.deepEqual(await readEntry(store, blob.key), blob.bytes);
    assert.equal((await store.usage()).entries, 22);
    assert.equal((await objects()).length, 22);
    assert.deepEqual(warnings, []);
  });

  test('loses an object that is not what was stored', async (t) => {
    const { store, loseRedis, rebuild, objects } = await openFor(t);
    const { key, bytes } = sampleBlob(300_000);
    await store.write(key, bytes, { signal: patient });
    await loseRedis();
    const [name] = await objects();
    await (await engines)!.s3.damage(name!);
    assert.deepEqual(await rebuild(), {
      entries: 0,
      sizeBytes: 0,
      deletedObjects: 1,
      leftObjects: 0,
    });
    assert.deepEqual(await objects(), []);
    assert.equal((await store.find(key)).kind, 'miss');
  });

  test('begins empty where that is asked for, and keeps what has an entry and what is of others', async (t) => {
    const keyPrefix = randomUUID();
    const { store, loseRedis, rebuild, objects } = await openFor(t, { keyPrefix });
    const s3 = { ...(await engines)!.optionsFor(keyPrefix).s3!, prefix: `${keyPrefix}/other/` };
    const other = await openFor(t, { s3 });
    await other.store.write(actionKey('of others'), sampleBlob(30_000).bytes, { signal: patient });
    const old = sampleBlob(30_000);
    await store.write(old.key, old.bytes, { signal: patient });
    await loseRedis();
    const fresh = sampleBlob(30_000);
    await store.write(fresh.key, fresh.bytes, { signal: patient });
    const rebuilt = await rebuild(true);
    assert.equal(rebuilt.entries, 0);
    assert.equal(rebuilt.deletedObjects, 1);
    assert.equal((await objects()).length, 2);
    assert.equal((await store.find(old.key)).kind, 'miss');
    assert.deepEqual(await readEntry(store, fresh.key), fresh.bytes);
  });

  test('keeps objects without an entry for a week, and then the keeper deletes those older than a day', async (t) => {
    // By this clock the objects are older than a day from the start.
    let nowMs = Date.now() + 2 * 24 * 3_600_000;
    const clock = { ...systemClock, nowMs: () => nowMs };
    const { store, loseRedis, objects } = await openFor(t, { clock, graceMs: 50 });
    const old = sampleBlob(30_000);
    await store.write(old.key, old.bytes, { signal: patient });
    await loseRedis();
    const fresh = sampleBlob(30_000);
    await store.write(fresh.key, fresh.bytes, { signal: patient });
    // Some of the keeper's beats.
    await sleep(500);
    assert.equal((await objects()).length, 2);
    nowMs += 6 * 24 * 3_600_000;
    await sleep(500);
    assert.equal((await objects()).length, 2);
    nowMs += 2 * 24 * 3_600_000;
    while ((await objects()).length > 1) await sleep(20);
    assert.deepEqual(await readEntry(store, fresh.key), fresh.bytes);
  });
});

function bytesOf(sizeBytes: number): { bytes: Buffer } {
  return { bytes: sampleBlob(sizeBytes).bytes };
}
