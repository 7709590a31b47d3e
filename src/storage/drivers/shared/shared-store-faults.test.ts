import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { CacheError } from '../../../core/index.ts';
import type { Cleanup } from '../../../testing/cleanup.ts';
import { freePort } from '../../../testing/free-port.ts';
import { startReplyLoser } from '../../../testing/reply-loser.ts';
import { needsRedis, type StartedRedis, startRedis } from '../../../testing/start-redis.ts';
import { actionKey, patient, readEntry, sampleBlob } from '../../conformance/samples.ts';
import type { Store } from '../../store.ts';
import { openSharedStore } from './open.ts';
import { parseRedisAddress } from './redis/redis-address.ts';

const deadlineMs = 900;

describe('the shared store while Redis fails', needsRedis, () => {
  test('what was acknowledged is there when Redis was killed, and the store recovers by itself', async (t) => {
    const redis = await startRedis(t);
    const store = await openOn(t, redis.port);
    const samples = Array.from({ length: 20 }, () => sampleBlob(1_000));
    await Promise.all(
      samples.map(({ key, bytes }) => store.write(key, bytes, { signal: patient })),
    );
    await redis.kill();
    for (let call = 0; call < 8; call += 1) await failsInTime(() => store.find(samples[0]!.key));
    await failsInTime(async () => await store.usage());
    await failsInTime(() => store.write(samples[0]!.key, samples[0]!.bytes, { signal: patient }));
    await redis.start();
    await answersAgain(store);
    for (const { key, bytes } of samples) assert.deepEqual(await readEntry(store, key), bytes);
    const late = sampleBlob(500);
    await store.write(late.key, late.bytes, { signal: patient });
    assert.deepEqual(await readEntry(store, late.key), late.bytes);
  });

  test('nothing hangs while Redis is stopped, and what failed has no effect when it goes on', async (t) => {
    const redis = await startRedis(t);
    const store = await openOn(t, redis.port);
    const key = actionKey('stopped');
    await store.write(key, Buffer.from('before'), { signal: patient });
    redis.child.kill('SIGSTOP');
    const calls = Array.from({ length: 50 }, async (_, index) =>
      index % 2 === 0
        ? await failsInTime(() => store.write(key, Buffer.from('during'), { signal: patient }))
        : await failsInTime(() => store.find(key)),
    );
    await Promise.all(calls);
    // The breaker is open by now.
    await failsInTime(() => store.find(key));
    await sleep(2 * deadlineMs);
    redis.child.kill('SIGCONT');
    await answersAgain(store);
    assert.equal((await readEntry(store, key))?.toString(), 'before');
    await store.write(key, Buffer.from('after'), { signal: patient });
    assert.equal((await readEntry(store, key))?.toString(), 'after');
  });

  test('a store opened before there is a Redis finds it later', async (t) => {
    const port = await freePort();
    const store = await openOn(t, port);
    await failsInTime(() => store.find(actionKey('early')));
    await startRedis(t, ['--port', String(port)]);
    await answersAgain(store);
    assert.equal((await store.find(actionKey('early'))).kind, 'miss');
  });
});

describe('the shared store while answers are lost', needsRedis, () => {
  const t: Cleanup = { after };
  const started = needsRedis.skip === false ? startRedis(t) : undefined;
  const redis = async (): Promise<StartedRedis> => (await started)!;

  test('a write that was executed is not executed again over a later one', async (t) => {
    const { port } = await redis();
    const way = await startReplyLoser(t, port);
    const keyPrefix = randomUUID();
    const [one, other] = [await openOn(t, way.port, keyPrefix), await openOn(t, port, keyPrefix)];
    const key = actionKey('written twice');
    // Redis knows the script from here on.
    await one.write(actionKey('first'), Buffer.from('1'), { signal: patient });
    way.loseReply('first writer', async () => {
      assert.equal((await readEntry(other, key))?.toString(), 'first writer');
      await other.write(key, Buffer.from('second writer'), { signal: patient });
    });
    await one.write(key, Buffer.from('first writer'), { signal: patient });
    assert.equal((await readEntry(other, key))?.toString(), 'second writer');
    assert.equal((await other.usage()).entries, 2);
  });

  test('a write that requires the key to be absent succeeds although its answer was lost', async (t) => {
    const { port } = await redis();
    const way = await startReplyLoser(t, port);
    const store = await openOn(t, way.port);
    const key = actionKey('absent');
    way.loseReply('only once');
    await store.write(key, Buffer.from('only once'), { ifAbsent: true, signal: patient });
    await assert.rejects(
      store.write(key, Buffer.from('never'), { ifAbsent: true, signal: patient }),
      (error) => error instanceof CacheError && error.code === 'exists',
    );
  });

  test('a lookup whose answer was lost is asked again', async (t) => {
    const { port } = await redis();
    const way = await startReplyLoser(t, port);
    const store = await openOn(t, way.port);
    const key = actionKey('a very particular key');
    await store.write(key, Buffer.from('found'), { signal: patient });
    way.loseReply('a very particular key');
    assert.equal((await readEntry(store, key))?.toString(), 'found');
  });
});

async function openOn(t: Cleanup, port: number, keyPrefix: string = randomUUID()): Promise<Store> {
  const address = parseRedisAddress(`redis://127.0.0.1:${port}`);
  assert(address !== undefined);
  const store = await openSharedStore({ redis: { address }, maxBytes: 0, keyPrefix, deadlineMs });
  t.after(() => store.close());
  return store;
}

/** A call must fail as `unavailable`, and not much later than its deadline: a machine may be slow. */
async function failsInTime(call: () => unknown): Promise<void> {
  const signal = AbortSignal.timeout(20 * deadlineMs);
  const late = new Promise<never>((_, reject) =>
    signal.addEventListener('abort', () => reject(new Error('the call hangs'))),
  );
  await assert.rejects(Promise.race([Promise.resolve(call()), late]), (error) => {
    assert(error instanceof CacheError, String(error));
    assert.equal(error.code, 'unavailable');
    return true;
  });
}

async function answersAgain(store: Store): Promise<void> {
  for (let look = 0; look < 600; look += 1) {
    try {
      await store.usage();
      return;
    } catch {
      await sleep(50);
    }
  }
  assert.fail('the store does not answer again');
}
