import assert from 'node:assert/strict';
import { after, before, describe, type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { RunResult } from '../../src/loadtest/internal.ts';
import type { Cleanup } from '../../src/testing/cleanup.ts';
import {
  type BalancedServer,
  type Balancer,
  type Haproxy,
  needsHaproxy,
  needsNginx,
  startHaproxy,
  startNginx,
} from '../../src/testing/start-balancer.ts';
import { needsRedis, type StartedRedis, startRedis } from '../../src/testing/start-redis.ts';
import { BalancedNode, finish, loadClients, requestsOfLoad, startLoad } from './balanced-nodes.ts';
import { freshKey, statsOf, until } from './serve-client.ts';

const patienceMs = 60_000;

describe('three nodes on one Redis behind a balancer', needsRedis, () => {
  // What is registered with the suite within a hook would run at that hook's end.
  const cleanups: (() => unknown)[] = [];
  const t: Cleanup = { after: (cleanup) => cleanups.push(cleanup) };
  after(async () => {
    for (const cleanup of cleanups.toReversed()) await cleanup();
  });
  let redis: StartedRedis;
  let nodes: readonly BalancedNode[];
  const ports = (): BalancedNode['ports'][] => nodes.map((node) => node.ports);

  before(async () => {
    // It is killed below, and the machine is not: what it has written is there.
    redis = await startRedis(t, ['--appendfsync', 'no']);
    // One after the other: a busy machine starts three at once very slowly.
    nodes = [
      await BalancedNode.start(t, redis.url),
      await BalancedNode.start(t, redis.url),
      await BalancedNode.start(t, redis.url),
    ];
  });

  describe('HAProxy', needsHaproxy, () => {
    let haproxy: Haproxy;
    const rowsOf = async (node: string): Promise<readonly BalancedServer[]> =>
      (await haproxy.servers()).filter((server) => server.node === node);
    const untilAll = (
      node: string,
      ...statuses: readonly string[]
    ): Promise<readonly BalancedServer[]> =>
      until(
        () => rowsOf(node),
        (rows) => rows.length === 2 && rows.every(({ status }) => statuses.includes(status)),
        patienceMs,
      );
    const sum = async (node: string, field: 'sessions' | 'brokenOff'): Promise<number> =>
      (await rowsOf(node)).reduce((total, row) => total + row[field], 0);
    const untilLoaded = (node: string): Promise<number> => untilGrown(() => sum(node, 'sessions'));

    before(async () => {
      haproxy = await startHaproxy(t, ports());
      for (const node of ['node1', 'node2', 'node3']) await untilAll(node, 'UP');
    });

    test('a killed and a stopped node cost what was under way on them, and come back', async (t) => {
      const load = startLoad(t, haproxy.httpUrl, { protocol: 'bazel' });
      let rest: ReturnType<typeof startLoad>;
      await untilLoaded('node1');
      nodes[0]!.signalAll('SIGKILL');
      nodes[1]!.signalAll('SIGSTOP');
      try {
        const out = ['node1', 'node2'].map((name) => noted(t, name, untilAll(name, 'DOWN')));
        await Promise.all(out);
        const during = await finish(load);
        t.diagnostic(`${await sum('node1', 'brokenOff')} requests broke off on the killed node`);
        sound(t, during);
        assert.ok(during.operations.failed <= loadClients);
        rest = startLoad(t, haproxy.httpUrl, { protocol: 'bazel' });
        await untilLoaded('node3');
        await nodes[0]!.start();
      } finally {
        nodes[1]!.signalAll('SIGCONT');
      }
      for (const name of ['node1', 'node2']) {
        await untilAll(name, 'UP');
        await untilLoaded(name);
      }
      failedNone(t, await finish(rest), nodes);
    });

    test('a rolling restart fails no operation, over HTTP and over gRPC', async (t) => {
      const overHttp = startLoad(t, haproxy.httpUrl, { protocol: 'bazel' });
      const overGrpc = startLoad(t, haproxy.grpcUrl, { protocol: 'reapi', rate: 20 });
      for (const [index, node] of nodes.entries()) {
        const name = `node${index + 1}`;
        await untilLoaded(name);
        const turnedAway = noted(t, `${name} stops`, untilAll(name, 'NOLB', 'DOWN'));
        const [exitCode] = await Promise.all([node.stop(), turnedAway]);
        assert.equal(exitCode, 0);
        await node.start();
        await untilAll(name, 'UP');
      }
      await untilLoaded('node3');
      for (const load of [overHttp, overGrpc]) failedNone(t, await finish(load), nodes);
    });

    test('without Redis build tools get the answers that their protocols have for it', async () => {
      const names = ['node1', 'node2', 'node3'];
      const statusOf = async (path: string): Promise<number> =>
        (await fetch(`${haproxy.httpUrl}${path}`)).status;
      await redis.kill();
      for (const name of names) await untilAll(name, 'NOLB', 'DOWN');
      assert.equal(await statusOf(`/v8/artifacts/${freshKey()}`), 404);
      assert.equal(await statusOf('/readyz'), 503);
      await redis.start();
      for (const name of names) await untilAll(name, 'UP');
      assert.equal(await statusOf('/readyz'), 200);
    });
  });

  describe('nginx', needsNginx, () => {
    let nginx: Balancer;
    /** Much longer than an answer takes on a busy machine. */
    const silenceSeconds = 8;
    const untilLoaded = (node: BalancedNode): Promise<number> =>
      untilGrown(async () => {
        const { ac, cas } = (await statsOf(node.url)).totals;
        return ac.hits + ac.misses + cas.hits + cas.misses;
      });

    before(async () => {
      nginx = await startNginx(t, ports(), silenceSeconds);
    });

    test('a killed node costs what was under way on it, and what a stopped one leaves is read again', async (t) => {
      const load = startLoad(t, nginx.httpUrl, { protocol: 'bazel' });
      await untilLoaded(nodes[2]!);
      nodes[2]!.signalAll('SIGKILL');
      await untilLoaded(nodes[0]!);
      const during = await finish(load);
      sound(t, during);
      assert.ok(during.operations.failed <= loadClients);

      const reads = startLoad(t, nginx.httpUrl, { protocol: 'bazel', hitRate: 1 });
      await untilLoaded(nodes[1]!);
      await nodes[2]!.start();
      await untilLoaded(nodes[2]!);
      nodes[1]!.signalAll('SIGSTOP');
      try {
        await delay(1.5 * silenceSeconds * 1_000);
        await untilLoaded(nodes[0]!);
      } finally {
        nodes[1]!.signalAll('SIGCONT');
      }
      await untilLoaded(nodes[1]!);
      const result = await finish(reads);
      failedNone(t, result, nodes);
      assert.ok(result.latency.max_ms! >= silenceSeconds * 1_000, 'none was left unanswered');
    });
  });
});

/** Waits until a node has been sent so much that the judged part of the load has begun. */
async function untilGrown(count: () => Promise<number>): Promise<number> {
  const from = await count();
  return await until(count, (now) => now > from + requestsOfLoad, patienceMs);
}

/** Adds to the test's output how long something took that depends on the machine. */
async function noted(t: TestContext, what: string, done: Promise<unknown>): Promise<void> {
  const startedMs = performance.now();
  await done;
  t.diagnostic(`${what}: noticed after ${Math.round(performance.now() - startedMs)} ms`);
}

/** What no fault may do to the operations of a load. */
function sound(t: TestContext, result: RunResult): void {
  const { operations, errors_by_type: errors, latency } = result;
  const failures = Object.entries(errors).filter(([, count]) => count > 0);
  t.diagnostic(
    `${operations.failed} of ${operations.total} failed ${JSON.stringify(Object.fromEntries(failures))}, P99 ${latency.p99_ms} ms, longest ${latency.max_ms} ms`,
  );
  assert.ok(operations.successful > requestsOfLoad, `${operations.successful} operations`);
  assert.deepEqual([errors.integrity, errors.lost], [0, 0]);
}

function failedNone(t: TestContext, result: RunResult, nodes: readonly BalancedNode[]): void {
  sound(t, result);
  const logs = nodes.map(({ ports, log }) => `node at ${ports.http}:\n${log}`).join('\n');
  assert.equal(result.operations.failed, 0, logs);
}
