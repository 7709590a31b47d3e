import assert from 'node:assert/strict';
import { after, before, describe, type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { RunResult } from '../../src/loadtest/internal.ts';
import type { Cleanup } from '../../src/testing/cleanup.ts';
import {
  type BalancedServer,
  type Haproxy,
  needsHaproxy,
  needsNginx,
  startHaproxy,
  startNginx,
} from '../../src/testing/start-balancer.ts';
import { needsRedis, startRedis } from '../../src/testing/start-redis.ts';
import { BalancedNode, failingMs, finish, loadClients, startLoad } from './balanced-nodes.ts';
import { statsOf, until } from './serve-client.ts';

/** Three checks a second apart, in windows of a second. */
const refusalsWithinMs = 5_000;
/** The same where each check waits for two seconds. */
const silenceWithinMs = 9_000;
const patienceMs = 60_000;

describe('three nodes on one Redis behind a balancer', needsRedis, () => {
  // What is registered with the suite within a hook would run at that hook's end.
  const cleanups: (() => unknown)[] = [];
  const t: Cleanup = { after: (cleanup) => cleanups.push(cleanup) };
  after(async () => {
    for (const cleanup of cleanups.toReversed()) await cleanup();
  });
  let nodes: readonly BalancedNode[];
  const ports = (): BalancedNode['ports'][] => nodes.map((node) => node.ports);

  before(async () => {
    const redis = await startRedis(t);
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
    const untilAll = (node: string, status: string): Promise<readonly BalancedServer[]> =>
      until(
        () => rowsOf(node),
        (rows) => rows.length === 2 && rows.every((row) => row.status === status),
        patienceMs,
      );
    const brokenOffOn = async (...names: string[]): Promise<number> => {
      const servers = await haproxy.servers();
      const counted = servers.filter(({ node }) => names.includes(node));
      return counted.reduce((sum, { brokenOff }) => sum + brokenOff, 0);
    };

    before(async () => {
      haproxy = await startHaproxy(t, ports());
      for (const node of ['node1', 'node2', 'node3']) await untilAll(node, 'UP');
    });

    test('a killed node costs what was under way on it, and comes back by itself', async (t) => {
      const load = startLoad(t, haproxy.httpUrl, 'bazel');
      await untilSent(() => rowsOf('node1'));
      nodes[0]!.signalAll('SIGKILL');
      await untilAll('node1', 'DOWN');
      await delay(1_000);
      const brokenOff = await brokenOffOn('node1');
      await nodes[0]!.start();
      await untilAll('node1', 'UP');
      await untilSent(() => rowsOf('node1'));
      const result = await finish(load);
      nothingWrong(result, t);
      assert.ok(result.operations.failed <= Math.min(brokenOff, loadClients));
      assert.ok(failingMs(result) <= refusalsWithinMs, `failures over ${failingMs(result)} ms`);
    });

    test('a node that is stopped in the middle is taken out, and comes back by itself', async (t) => {
      const load = startLoad(t, haproxy.httpUrl, 'bazel');
      await untilSent(() => rowsOf('node2'));
      nodes[1]!.signalAll('SIGSTOP');
      try {
        await untilAll('node2', 'DOWN');
        await delay(1_000);
      } finally {
        nodes[1]!.signalAll('SIGCONT');
      }
      await untilAll('node2', 'UP');
      await untilSent(() => rowsOf('node2'));
      const result = await finish(load);
      nothingWrong(result, t);
      assert.ok(result.operations.failed <= loadClients);
      assert.ok(failingMs(result) <= silenceWithinMs, `failures over ${failingMs(result)} ms`);
    });

    test('a rolling restart fails no operation, over HTTP and over gRPC', async (t) => {
      const overHttp = startLoad(t, haproxy.httpUrl, 'bazel');
      const overGrpc = startLoad(t, haproxy.grpcUrl, 'reapi');
      for (const [index, node] of nodes.entries()) {
        await untilSent(() => rowsOf(`node${index + 1}`));
        const [exitCode] = await Promise.all([node.stop(), untilAll(`node${index + 1}`, 'NOLB')]);
        assert.equal(exitCode, 0);
        await node.start();
        await untilAll(`node${index + 1}`, 'UP');
      }
      await delay(1_000);
      for (const load of [overHttp, overGrpc]) {
        const result = await finish(load);
        nothingWrong(result, t);
        assert.equal(result.operations.failed, 0);
      }
    });
  });

  test(
    'nginx: a killed node costs what was under way on it, and comes back by itself',
    needsNginx,
    async (t) => {
      const nginx = await startNginx(t, ports());
      const lookupsOn = async (): Promise<number> => {
        const { ac, cas } = (await statsOf(nodes[2]!.url)).totals;
        return ac.hits + ac.misses + cas.hits + cas.misses;
      };
      const load = startLoad(t, nginx.httpUrl, 'bazel');
      const grown = async (): Promise<void> => {
        const from = await lookupsOn();
        await until(lookupsOn, (count) => count > from + 20, patienceMs);
      };
      await grown();
      nodes[2]!.signalAll('SIGKILL');
      await delay(3_000);
      await nodes[2]!.start();
      await grown();
      const result = await finish(load);
      nothingWrong(result, t);
      assert.ok(result.operations.failed <= loadClients);
      assert.ok(failingMs(result) <= refusalsWithinMs, `failures over ${failingMs(result)} ms`);
    },
  );
});

/** Waits until a node has been sent more than it had. */
async function untilSent(rows: () => Promise<readonly BalancedServer[]>): Promise<void> {
  const sum = async (): Promise<number> =>
    (await rows()).reduce((total, { sessions }) => total + sessions, 0);
  const from = await sum();
  await until(sum, (count) => count > from + 20, patienceMs);
}

function nothingWrong(result: RunResult, t: TestContext): void {
  const { operations, errors_by_type: errors } = result;
  t.diagnostic(`${operations.failed} of ${operations.total} failed: ${JSON.stringify(errors)}`);
  assert.ok(operations.successful > 100, `${operations.successful} operations`);
  assert.deepEqual([errors.integrity, errors.lost], [0, 0]);
}
