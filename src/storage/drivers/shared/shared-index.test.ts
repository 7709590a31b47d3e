import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { after, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from '@redis/client';
import { CacheError, silentLogger, systemClock } from '../../../core/index.ts';
import type { Cleanup } from '../../../testing/cleanup.ts';
import { needsRedis, startRedis } from '../../../testing/start-redis.ts';
import { actionKey, inPieces, patient, readEntry, sampleBlob } from '../../conformance/samples.ts';
import type { Store } from '../../store.ts';
import { openSharedStore } from './open.ts';
import { connectRedis } from './redis/connect-redis.ts';
import { parseRedisAddress } from './redis/redis-address.ts';
import { RedisCalls } from './redis/redis-calls.ts';
import { RedisClock } from './redis/redis-clock.ts';
import { Reservation } from './reservation.ts';
import { careScript } from './scripts/care.ts';
import { commitScript } from './scripts/writes.ts';
import { SharedIndex } from './shared-index.ts';
import { inspect } from './testing/inspect.ts';
import { TimedScripts } from './timed-scripts.ts';

describe('the index in Redis', needsRedis, () => {
  const t: Cleanup = { after };
  const started = needsRedis.skip === false ? startRedis(t, ['--appendfsync', 'no']) : undefined;
  const portOf = async (): Promise<number> => (await started)?.port ?? 0;

  test('a result that names thousands of blobs is checked in steps', async (t) => {
    const store = await openOn(t, await portOf(), { maxBytes: 2 ** 20 });
    const blobs = [sampleBlob(10), sampleBlob(20)];
    for (const { key, bytes } of blobs) await store.write(key, bytes, { signal: patient });
    const digests = Array.from({ length: 5_000 }, (_, at) => blobs[at === 4_999 ? 1 : 0]!.digest);
    const result = actionKey('many');
    const references = () => ({ digests, isComplete: true });
    await store.write(result, Buffer.from('result'), { references, signal: patient });
    assert.deepEqual(await whole(store, result), true);
    await store.purge({ what: 'key', key: blobs[1]!.key }, { signal: patient });
    assert.deepEqual(await whole(store, result), false);
  });

  test('sums and ranks agree with the entries, whatever was done', async (t) => {
    const port = await portOf();
    const keyPrefix = randomUUID();
    const store = await openOn(t, port, { keyPrefix, maxBytes: 30_000 });
    const blobs = Array.from({ length: 40 }, (_, at) => sampleBlob(100 + 40 * at));
    for (let step = 0; step < 400; step += 1) {
      const at = Math.floor(Math.random() * blobs.length);
      const blob = blobs[at]!;
      const result = actionKey(`result ${at}`, `team ${at % 3}`);
      const named = {
        digests: [blob.digest, blobs[(at + 7) % 40]!.digest],
        isComplete: at % 2 > 0,
      };
      const signal = patient;
      switch (step % 8) {
        case 0:
        case 1:
        case 2:
          await store.write(blob.key, blob.bytes, { signal });
          break;
        case 3:
          await store.write(result, randomBytes(30 + step), { references: () => named, signal });
          break;
        case 4:
          await store.find(result);
          break;
        case 5: {
          const found = await store.find(result);
          if (found.kind === 'hit') await store.setReferences(result, found.info.generation, named);
          break;
        }
        case 6:
          await store.missing([blob.key, result]);
          break;
        default:
          if (at < 3) await store.purge({ what: 'namespace', namespace: `team ${at}` }, { signal });
          else await store.purge({ what: 'key', key: blob.key }, { signal });
      }
    }
    const seen = await inspect(port, keyPrefix);
    const usage = await store.usage();
    assert(
      usage.evictedEntries > 0 && seen.entries > 5,
      `${usage.evictedEntries}, ${seen.entries}`,
    );
    assert.deepEqual([usage.entries, usage.sizeBytes], [seen.entries, seen.costBytes]);
    assert(usage.sizeBytes <= 30_000);
    assert.deepEqual([seen.intents, seen.astray, seen.outranking], [0, 0, 0]);
  });

  test('what a dead node had under way is given up, and can no longer be committed', async (t) => {
    const port = await portOf();
    const keyPrefix = randomUUID();
    const { calls, index } = await indexOn(t, port, { keyPrefix, maxBytes: 10 ** 6 });
    const redisClock = new RedisClock(calls);
    const generation = 'ab'.repeat(12);
    const scripts = new TimedScripts(index, redisClock, 1_000);
    const dead = { scripts, node: 'dead', maxBytes: 10 ** 6 };
    await new Reservation(generation, dead).growTo(500_000);
    const store = await openOn(t, port, { keyPrefix, maxBytes: 10 ** 6 });
    assert.equal((await store.usage()).reservedBytes, 500_000);
    // Its sign of life ends.
    await calls.run(() => ['DEL', `{${keyPrefix}}:alive:dead`]);
    const heir = await openOn(t, port, { keyPrefix, maxBytes: 10 ** 6 });
    await store.close();
    const last = await openOn(t, port, { keyPrefix, maxBytes: 10 ** 6 });
    for (let look = 0; (await heir.usage()).reservedBytes > 0; look += 1) {
      assert(look < 1_000, 'the room is never given back');
      await sleep(10);
    }
    const notAfter = String(redisClock.after(5_000));
    const entry = Buffer.alloc(96, 1);
    const args = [
      Buffer.from('key'),
      Buffer.from(generation, 'hex'),
      entry,
      '',
      '0',
      '1',
      'dead',
      '0',
      notAfter,
    ];
    assert.equal(String(await index.run(commitScript, args)), 'lost');
    assert.equal((await last.usage()).entries, 0);
  });

  test('a command that arrives after its time has no effect', async (t) => {
    const { index } = await indexOn(t, await portOf(), { keyPrefix: randomUUID(), maxBytes: 0 });
    const args = [
      Buffer.from('key'),
      randomBytes(12),
      Buffer.alloc(96, 1),
      '',
      '0',
      '0',
      'n',
      '0',
      String(Date.now() - 5_000),
    ];
    assert.equal(String(await index.run(commitScript, args)), 'late');
    assert.equal((await index.sums()).entries, 0);
  });
});

describe('a Redis with little memory', needsRedis, () => {
  test('keeps within maxmemory, and answers lookups when others fill it', async (t) => {
    const redis = await startRedis(t, ['--appendfsync', 'no', '--maxmemory', '12mb']);
    const client = createClient({ socket: { host: '127.0.0.1', port: redis.port } });
    client.on('error', () => {});
    await client.connect();
    t.after(() => client.destroy());
    const store = await openOn(t, redis.port, { maxBytes: 0 });
    // The node knows the limit once it has given its first sign of life.
    while ((await client.keys('*:alive:*')).length === 0) await sleep(10);
    const samples = Array.from({ length: 1_200 }, () => sampleBlob(10_000));
    for (const { key, bytes } of samples) {
      await store.write(key, inPieces(bytes, 10_000), { signal: patient });
    }
    const { evictedEntries, entries } = await store.usage();
    assert(evictedEntries > 100 && entries > 200, `${entries} kept, ${evictedEntries} evicted`);
    const last = samples.at(-1)!;
    await client.sendCommand(['CONFIG', 'SET', 'maxmemory', '1mb']);
    assert.deepEqual(await readEntry(store, last.key), last.bytes);
    assert.deepEqual(await store.missing([last.key]), [false]);
    // A write that need not evict has no room; at the bound each would take another's place.
    for (const { key } of samples.slice(-20, -1)) {
      await store.purge({ what: 'key', key }, { signal: patient });
    }
    const next = sampleBlob(10_000);
    await assert.rejects(
      store.write(next.key, next.bytes, { signal: patient }),
      (error) => error instanceof CacheError && error.code === 'store_full',
    );
    // Making room still works.
    assert.equal(
      (await store.purge({ what: 'key', key: last.key }, { signal: patient })).entries,
      1,
    );
  });

  test('a node shows that it lives although the memory of Redis is full', async (t) => {
    const redis = await startRedis(t, ['--appendfsync', 'no', '--maxmemory', '12mb']);
    const keyPrefix = randomUUID();
    const { calls, index } = await indexOn(t, redis.port, { keyPrefix, maxBytes: 0 });
    await index.run(careScript, ['node', '0']);
    const alive = `{${keyPrefix}}:alive:node`;
    await calls.run(() => ['PEXPIRE', alive, '5000']);
    await calls.run(() => ['CONFIG', 'SET', 'maxmemory', '1mb']);
    await index.run(careScript, ['node', '0']);
    assert(Number(await calls.run(() => ['PTTL', alive])) > 5_000);
  });
});

/** An index on its own, beneath what a store does with it. */
async function indexOn(
  t: Cleanup,
  port: number,
  options: { readonly keyPrefix: string; readonly maxBytes: number },
): Promise<{ readonly calls: RedisCalls; readonly index: SharedIndex }> {
  const settings = { where: 'here', deadlineMs: 3_000, logger: silentLogger };
  const calls = new RedisCalls(await connectRedis({ address: addressOf(port) }), settings);
  t.after(() => calls.close());
  await calls.ready(3_000);
  const index = new SharedIndex({
    calls,
    clock: systemClock,
    usedAtResolutionMs: 0,
    areObjectsAway: () => true,
    ...options,
  });
  return { calls, index };
}

function addressOf(port: number): NonNullable<ReturnType<typeof parseRedisAddress>> {
  const address = parseRedisAddress(`redis://127.0.0.1:${port}`);
  assert(address !== undefined);
  return address;
}

async function openOn(
  t: Cleanup,
  port: number,
  options: { readonly maxBytes: number; readonly keyPrefix?: string },
): Promise<Store> {
  const redis = { address: addressOf(port) };
  const store = await openSharedStore({ keyPrefix: randomUUID(), ...options, redis });
  t.after(() => store.close());
  return store;
}

async function whole(
  store: Store,
  key: ReturnType<typeof actionKey>,
): Promise<boolean | undefined> {
  const found = await store.find(key);
  assert(found.kind === 'hit');
  return found.info.references.areAllThere;
}
