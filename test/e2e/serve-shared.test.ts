import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import {
  Health,
  HealthCheckResponse_ServingStatus as Serving,
} from '../../src/protocols/shared/protobuf/generated/health.pb.ts';
import { endProcess } from '../../src/testing/child-process.ts';
import type { Cleanup } from '../../src/testing/cleanup.ts';
import { GrpcClient } from '../../src/testing/grpc-client.ts';
import { runMemobuild } from '../../src/testing/run-memobuild.ts';
import { needsRedis, type StartedRedis, startRedis } from '../../src/testing/start-redis.ts';
import { type RunningServer, startServer } from '../../src/testing/start-server.ts';
import { freshKey, hashOf, put, read, statsOf, until } from './serve-client.ts';

/** Below the half minute after which no client waits any longer, and above the store's deadline. */
const hangingMs = 25_000;

describe('two nodes on one Redis', needsRedis, () => {
  // What is registered with the suite within a hook would run at that hook's end.
  const cleanups: (() => unknown)[] = [];
  const t: Cleanup = { after: (cleanup) => cleanups.push(cleanup) };
  after(async () => {
    for (const cleanup of cleanups.toReversed()) await cleanup();
  });
  let redis: StartedRedis;
  let one: RunningServer;
  let other: RunningServer;
  /** What gRPC's health service says of a node. */
  const grpcStatus = async (node: RunningServer): Promise<Serving> => {
    const port = await node.stdout.first(/grpc:\/\/127\.0\.0\.1:(\d+)/);
    const client = new GrpcClient(t, `127.0.0.1:${port[1]}`);
    const options = { deadlineMs: hangingMs };
    return (await client.unary(Health.method.check, { service: '' }, options)).status;
  };
  const startNode = (): Promise<RunningServer> =>
    startServer(t, {
      args: ['--store', 'shared', '--redis', redis.url, '--workers', '1', '--grpc-port', '0'],
      env: { MEMOBUILD_REDIS_TIMEOUT: '900ms' },
    });

  before(async () => {
    redis = await startRedis(t);
    [one, other] = await Promise.all([startNode(), startNode()]);
  });

  test('what is written on one is read on the other, and purged for both', async () => {
    const bytes = randomBytes(2_000);
    const url = `cas/${hashOf(bytes)}`;
    assert.equal((await put(`${one.url}/${url}`, bytes)).status, 200);
    assert.deepEqual(await read(`${other.url}/${url}`), bytes);
    const key = `team/ac/${freshKey()}`;
    await put(`${other.url}/${key}`, Buffer.from('old'));
    await put(`${one.url}/${key}`, Buffer.from('new'));
    assert.equal((await read(`${other.url}/${key}`)).toString(), 'new');
    assert.equal((await statsOf(one.url)).store.entries, 2);
    assert.deepEqual((await statsOf(other.url)).store, (await statsOf(one.url)).store);
    assert.equal((await fetch(`${one.url}/${key}`, { method: 'DELETE' })).ok, true);
    assert.equal((await fetch(`${other.url}/${key}`)).status, 404);
  });

  test('a body above --inline-max gets 413 and leaves nothing', async () => {
    const bytes = randomBytes(16 * 1024 + 1);
    const url = `${one.url}/cas/${hashOf(bytes)}`;
    assert.equal((await put(url, bytes)).status, 413);
    assert.equal((await fetch(url)).status, 404);
  });

  test('a node that is killed loses nothing that it acknowledged', async () => {
    const node = await startNode();
    const acknowledged: string[] = [];
    let over = false;
    const writer = async (): Promise<void> => {
      while (!over) {
        const bytes = randomBytes(1 + Math.floor(Math.random() * 10_000));
        const answer = await put(`${node.url}/cas/${hashOf(bytes)}`, bytes).catch(() => undefined);
        if (answer?.status === 200) acknowledged.push(hashOf(bytes));
      }
    };
    const writers = Array.from({ length: 8 }, writer);
    await until(
      async () => acknowledged.length,
      (count) => count > 50,
    );
    const { processes } = await statsOf(node.url);
    for (const { pid } of processes) process.kill(pid, 'SIGKILL');
    over = true;
    await Promise.all(writers);
    await endProcess(node.child);
    for (const hash of acknowledged) {
      assert.equal(hashOf(await read(`${other.url}/cas/${hash}`)), hash);
    }
  });

  test('while Redis is stopped nothing hangs and no node is ready; both recover by themselves', async () => {
    const bytes = randomBytes(500);
    const kept = `cas/${hashOf(bytes)}`;
    await put(`${one.url}/${kept}`, bytes);
    for (const fault of ['stopped', 'killed'] as const) {
      if (fault === 'stopped') redis.child.kill('SIGSTOP');
      else await redis.kill();
      const nodes = [one, other];
      await Promise.all(
        nodes.map(async (node) => {
          const { url } = node;
          assert.equal((await within(`${url}/${kept}`)).status, 503, fault);
          assert.equal((await within(`${url}/ac/${freshKey()}`, 'body')).status, 503, fault);
          assert.equal((await within(`${url}/readyz`)).status, 503, fault);
          assert.equal(await grpcStatus(node), Serving.NOT_SERVING, fault);
          assert.equal((await within(`${url}/healthz`)).status, 200, fault);
          // Turborepo's own answer: a lookup that cannot be answered is a miss.
          assert.equal((await within(`${url}/v8/artifacts/${freshKey()}`)).status, 404, fault);
        }),
      );
      if (fault === 'stopped') redis.child.kill('SIGCONT');
      else await redis.start();
      for (const { url } of nodes) {
        await until(
          () => within(`${url}/readyz`),
          ({ status }) => status === 200,
          60_000,
        );
        assert.deepEqual(await read(`${url}/${kept}`), bytes, fault);
      }
    }
  });

  test('an address that cannot be used ends the start and says why', async () => {
    const cases = [
      { args: [], code: 2, says: /--store shared requires --redis/ },
      {
        args: ['--redis', 'redis://:hush@h'],
        code: 2,
        says: /--redis must be .*without a password/,
      },
      {
        args: ['--redis', 'redis://127.0.0.1:1'],
        code: 3,
        says: /Redis at 127\.0\.0\.1:1 does not answer: .*ECONNREFUSED/,
      },
    ];
    for (const { args, code, says } of cases) {
      const serve = ['serve', '--port', '0', '--store', 'shared', '--workers', '1'];
      const ended = await runMemobuild([...serve, ...args], {
        deadlineMs: 60_000,
        env: { MEMOBUILD_REDIS_TIMEOUT: '500ms' },
      });
      assert.equal(ended.exitCode, code, ended.stderr);
      assert.match(ended.stderr, says);
      assert.doesNotMatch(ended.stderr, /hush/);
    }
  });
});

async function within(url: string, body?: string): Promise<Response> {
  const method = body === undefined ? 'GET' : 'PUT';
  return await fetch(url, { method, body: body ?? null, signal: AbortSignal.timeout(hangingMs) });
}
