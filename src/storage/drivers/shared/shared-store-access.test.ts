import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { CacheError } from '../../../core/index.ts';
import type { Cleanup } from '../../../testing/cleanup.ts';
import { repositoryRoot } from '../../../testing/program.ts';
import { needsRedis, startRedis, startSentinel } from '../../../testing/start-redis.ts';
import { tempDir } from '../../../testing/temp-dir.ts';
import { testCa, testClient, testServer } from '../../../testing/tls-certificates.ts';
import { actionKey, inPieces, patient, readEntry, sampleBlob } from '../../conformance/samples.ts';
import type { Store } from '../../store.ts';
import { checkEngines, openSharedStore } from './open.ts';
import type { RedisAccess } from './redis/connect-redis.ts';
import { parseRedisAddress } from './redis/redis-address.ts';

describe('ways to Redis', needsRedis, () => {
  test('a user who may do what the documentation lists, by a password from a file', async (t) => {
    const page = await readFile(join(repositoryRoot, 'docs', 'shared-store.md'), 'utf8');
    const rule = /^ACL SETUSER memobuild (.*)$/m.exec(page)?.[1];
    assert(rule !== undefined);
    const redis = await startRedis(t, [
      '--user',
      'default',
      'off',
      '--user',
      'memobuild',
      ...rule.split(' '),
    ]);
    const passwordFile = join(await tempDir(t), 'password');
    await writeFile(passwordFile, 'PASSWORD\n', { mode: 0o600 });
    const access = accessTo(`redis://memobuild@127.0.0.1:${redis.port}`, { passwordFile });
    await checkEngines({
      redis: access,
      logger: { ...silent, warn: (_, text) => assert.fail(text) },
    });
    const store = await openWith(t, access);
    await useAll(store);

    await writeFile(passwordFile, 'WRONG\n');
    const refused = await openWith(t, access);
    await assert.rejects(
      async () => await refused.find(actionKey('k')),
      (error) =>
        error instanceof CacheError &&
        error.code === 'unavailable' &&
        /WRONGPASS/.test(error.message),
    );
  });

  test('TLS, with certificates that are trusted and a certificate of the client', async (t) => {
    const dir = await tempDir(t);
    const fileOf = async (name: string, text: string): Promise<string> => {
      await writeFile(join(dir, name), text);
      return join(dir, name);
    };
    const caFile = await fileOf('ca.pem', testCa);
    const certFile = await fileOf('client.pem', testClient.cert);
    const keyFile = await fileOf('client.key', testClient.key);
    const args = [
      ...['--tls-cert-file', await fileOf('server.pem', testServer.cert)],
      ...['--tls-key-file', await fileOf('server.key', testServer.key)],
      ...['--tls-ca-cert-file', caFile, '--tls-auth-clients', 'yes'],
    ];
    const redis = await startRedis(t, args, 'tls');
    const url = `rediss://localhost:${redis.port}`;
    await useAll(await openWith(t, accessTo(url, { caFile, certFile, keyFile })));
    const strangers: readonly [Omit<RedisAccess, 'address'>, RegExp][] = [
      [{ certFile, keyFile }, /certificate/],
      [{ caFile }, /does not answer/],
    ];
    for (const [files, says] of strangers) {
      const store = await openWith(t, accessTo(url, files));
      await assert.rejects(
        async () => await store.find(actionKey('k')),
        (error) => error instanceof CacheError && says.test(error.message),
      );
    }
  });

  test('Sentinels, through the promotion of a replica', async (t) => {
    const master = await startRedis(t);
    const replica = await startRedis(t, ['--replicaof', '127.0.0.1', String(master.port)]);
    const sentinelPort = await startSentinel(t, 'main', master.port);
    const access = accessTo(`redis+sentinel://127.0.0.1:${sentinelPort}/main`, {});
    const store = await openWith(t, access);
    await useAll(store);
    const { key, bytes } = sampleBlob(1_000);
    await store.write(key, bytes, { signal: patient });
    // The replica has it before the master is gone.
    const direct = await openWith(t, accessTo(replica.url, {}));
    await until(async () => (await direct.find(key)).kind === 'hit');
    await master.kill();
    await until(async () => {
      await store.write(actionKey('after'), Buffer.from('promoted'), { signal: patient });
      return true;
    });
    assert.deepEqual(await readEntry(store, key), bytes);
    assert.equal((await readEntry(store, actionKey('after')))?.toString(), 'promoted');
  });
});

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

function accessTo(url: string, files: Omit<RedisAccess, 'address'>): RedisAccess {
  const address = parseRedisAddress(url);
  assert(address !== undefined);
  return { address, ...files };
}

async function openWith(t: Cleanup, redis: RedisAccess): Promise<Store> {
  const store = await openSharedStore({ redis, maxBytes: 0, deadlineMs: 1_500 });
  t.after(() => store.close());
  return store;
}

/** Does everything that a store can do. */
async function useAll(store: Store): Promise<void> {
  const blob = sampleBlob(100);
  const large = sampleBlob(200_000);
  const result = actionKey('result');
  await store.write(blob.key, blob.bytes, { signal: patient });
  const written = await store.write(result, Buffer.from('result'), {
    references: () => ({ digests: [blob.digest], isComplete: true }),
    signal: patient,
  });
  await assert.rejects(store.write(large.key, inPieces(large.bytes, 9_000), { signal: patient }));
  await assert.rejects(store.write(result, Buffer.from('x'), { ifAbsent: true, signal: patient }));
  assert.deepEqual(await readEntry(store, blob.key), blob.bytes);
  store.touch([blob.key, result]);
  assert.deepEqual(await store.missing([blob.key, result, large.key]), [false, false, true]);
  const named = { digests: [], isComplete: true };
  assert.equal(await store.setReferences(result, written.generation, named), true);
  assert.equal(await store.dropDamaged(result, written.generation), true);
  const purged = await store.purge({ what: 'key', key: blob.key }, { signal: patient });
  assert.equal(purged.entries, 1);
  await store.purge({ what: 'unused', forMs: 0 }, { signal: patient });
  assert.equal((await store.usage()).entries, 0);
}

async function until(isDone: () => Promise<boolean>): Promise<void> {
  for (let look = 0; look < 600; look += 1) {
    if (await isDone().catch(() => false)) return;
    await sleep(100);
  }
  assert.fail('it does not come to pass');
}
