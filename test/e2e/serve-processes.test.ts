import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { ended } from '../../src/testing/child-process.ts';
import { startServer } from '../../src/testing/start-server.ts';
import { freshKey, lives, statsOf, until, workersOf } from './serve-client.ts';

test('a killed worker is replaced immediately, the others continue, and no count decreases', async (t) => {
  const server = await startServer(t, { args: ['--workers', '2'] });
  const key = freshKey();
  await fetch(`${server.url}/ac/${key}`, { method: 'PUT', body: 'kept' });
  for (let n = 0; n < 20; n += 1) await (await fetch(`${server.url}/ac/${key}`)).text();
  const before = await statsOf(server.url);
  assert.equal(before.totals.ac.hits, 20);
  const workers = await workersOf(server.url);
  assert.equal(workers.length, 2);

  process.kill(workers[0]!, 'SIGKILL');
  const after = await until(
    () => workersOf(server.url),
    (pids) => pids.length === 2 && !pids.includes(workers[0]!),
  );
  assert.ok(after.includes(workers[1]!), 'the other worker is the same');
  const response = await fetch(`${server.url}/ac/${key}`);
  assert.equal(await response.text(), 'kept');
  const stats = await statsOf(server.url);
  assert.equal(stats.totals.ac.hits, 21, 'what the dead worker had counted stays counted');
  assert.equal(stats.totals.ac.writes, 1);
  assert.equal(stats.workersReplaced, 1);

  // Whichever of the two had served the requests, it is gone after this.
  process.kill(workers[1]!, 'SIGKILL');
  await until(
    () => workersOf(server.url),
    (pids) => pids.length === 2 && !pids.includes(workers[1]!),
  );
  assert.equal((await statsOf(server.url)).totals.ac.hits, 21);
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  assert.match(metrics, /^memobuild_workers_replaced_total 2$/m);
  assert.match(metrics, /cache_lookups_total\{space="ac",namespace="",result="hit"\} 21$/m);
});

test('the only worker killed comes back on the same port', async (t) => {
  const server = await startServer(t, { args: ['--workers', '1'] });
  for (let round = 0; round < 2; round += 1) {
    const [pid] = await workersOf(server.url);
    process.kill(pid!, 'SIGKILL');
    const [next] = await until(
      () => workersOf(server.url),
      (pids) => pids.length === 1 && pids[0] !== pid,
    );
    assert.notEqual(next, pid);
  }
});

test('the primary killed takes its workers with it, and the directory is free at once', async (t) => {
  const server = await startServer(t, { args: ['--workers', '2'] });
  const key = freshKey();
  await fetch(`${server.url}/ac/${key}`, { method: 'PUT', body: 'kept' });
  const workers = await workersOf(server.url);
  // Writes are under way in all of them: a worker that ended in the ordinary way could wait for its
  // index forever.
  let over = false;
  const writer = async (): Promise<void> => {
    while (!over) {
      const init = { method: 'PUT', body: 'x'.repeat(2000) };
      await fetch(`${server.url}/ac/${freshKey()}`, init).catch(() => undefined);
    }
  };
  const writers = Array.from({ length: 16 }, writer);
  await delay(300);
  server.child.kill('SIGKILL');
  await ended(server.child);
  over = true;
  await Promise.all(writers);
  const again = await startServer(t, { dir: server.dir });
  assert.equal(await (await fetch(`${again.url}/ac/${key}`)).text(), 'kept');
  await until(
    async () => workers.filter(lives),
    (alive) => alive.length === 0,
  );
});

test('the store is one whichever worker answers', async (t) => {
  const server = await startServer(t, { args: ['--workers', '3'] });
  const keys = Array.from({ length: 30 }, freshKey);
  const withoutKeepAlive = { connection: 'close' };
  for (const key of keys) {
    const init = { method: 'PUT', body: key, headers: withoutKeepAlive };
    assert.equal((await fetch(`${server.url}/ac/${key}`, init)).status, 200);
  }
  for (const key of keys) {
    const response = await fetch(`${server.url}/ac/${key}`, { headers: withoutKeepAlive });
    assert.equal(await response.text(), key);
  }
  assert.equal((await statsOf(server.url)).store.entries, 30);
});
