import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createRandom } from '../../statistics/random.ts';
import { type LoadConnection, openConnection } from '../../transport/load-connection.ts';
import { DeadlineSweep } from '../../transport/shared/deadline-sweep.ts';
import { createEndpoint } from '../../transport/shared/endpoint.ts';
import { ConnectionPool } from './connection-pool.ts';

/** Connections that nobody uses open nothing. */
function poolOf(t: TestContext, { first, most }: { first: number; most: number }): ConnectionPool {
  const sweep = new DeadlineSweep();
  t.after(() => sweep.close());
  const url = 'http://cache.test';
  const endpoint = createEndpoint({ url, headers: {}, tls: { insecure: false } });
  const open = (): LoadConnection => openConnection(endpoint, sweep);
  const connections = Array.from({ length: first }, open);
  return new ConnectionPool({ connections, most, open, random: createRandom(1, 1) });
}

test('idle connections are drawn by lot, not the last one again', (t) => {
  const pool = poolOf(t, { first: 8, most: 8 });
  const uses = new Map<LoadConnection, number>();
  for (let use = 0; use < 800; use += 1) {
    const connection = pool.take()!;
    uses.set(connection, (uses.get(connection) ?? 0) + 1);
    pool.give(connection);
  }
  const counts = [...uses.values()];
  assert.equal(counts.length, 8);
  assert.ok(Math.max(...counts) < 150 && Math.min(...counts) > 60, counts.join(' '));
});

test('more are made where all are busy, up to the bound', (t) => {
  const pool = poolOf(t, { first: 2, most: 5 });
  const taken = Array.from({ length: 5 }, () => pool.take()!);
  assert.equal(new Set(taken).size, 5);
  assert.deepEqual([pool.all.length, pool.busy, pool.take()], [5, 5, undefined]);
  pool.give(taken[3]!);
  assert.equal(pool.busy, 4);
  assert.equal(pool.take(), taken[3]);
});
