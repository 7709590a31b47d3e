import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { RawConnection } from '../../src/testing/raw-connection.ts';
import { startServer } from '../../src/testing/start-server.ts';
import { tempDir } from '../../src/testing/temp-dir.ts';
import { freshKey, statsOf, until, workersOf } from './serve-client.ts';

test('SIGHUP under load replaces the workers and no request fails', async (t) => {
  const server = await startServer(t, { args: ['--workers', '2', '--drain-window', '2s'] });
  const before = await workersOf(server.url);
  let stop = false;
  const answered: number[] = [];
  // A client as build tools are: one connection kept as long as the server lets it be.
  const client = async (): Promise<number> => {
    let requests = 0;
    let connection = await RawConnection.open(t, server.port);
    while (!stop) {
      const key = freshKey();
      connection.send(
        `PUT /ac/${key} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 64\r\n\r\n${key}`,
      );
      const put = await connection.answer();
      assert.equal(put.status, 200);
      if (put.headers.connection === 'close') connection = await RawConnection.open(t, server.port);
      connection.send(`GET /ac/${key} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
      const got = await connection.answer();
      assert.equal(got.body, key);
      if (got.headers.connection === 'close') connection = await RawConnection.open(t, server.port);
      requests += 2;
      await delay(1);
    }
    return requests;
  };
  const clients = Promise.all(Array.from({ length: 10 }, client)).then((counts) =>
    answered.push(...counts),
  );
  let current = before;
  for (let round = 0; round < 3; round += 1) {
    server.child.kill('SIGHUP');
    const earlier = current;
    current = await until(
      () => workersOf(server.url),
      (pids) => pids.length === 2 && pids.every((pid) => !earlier.includes(pid)),
    );
  }
  stop = true;
  await clients;
  const { totals } = await statsOf(server.url);
  const sum = answered.reduce((total, count) => total + count, 0);
  assert.ok(sum > 100, `${sum} requests`);
  assert.equal(totals.ac.hits + totals.ac.writes, sum, 'every request is counted exactly once');
});

test('SIGHUP leaves the server ready, on connections of the outgoing workers too', async (t) => {
  const server = await startServer(t, { args: ['--workers', '1', '--drain-window', '20s'] });
  const kept = await RawConnection.open(t, server.port);
  assert.equal((await readyOn(kept)).status, 200);
  const [before] = await workersOf(server.url);
  server.child.kill('SIGHUP');
  await until(
    () => workersOf(server.url),
    (pids) => pids.some((pid) => pid !== before),
  );
  // The answer that closes its connection shows that the worker is on its way out.
  let answer = await readyOn(kept);
  while (answer.headers.connection !== 'close') answer = await readyOn(kept);
  assert.equal(answer.status, 200);
});

test('SIGHUP reads tokens again; a file that is wrong leaves the old ones', async (t) => {
  const tokens = join(await tempDir(t), 'tokens');
  await writeFile(tokens, 'bearer first write\n');
  const server = await startServer(t, { args: ['--tokens', tokens, '--drain-window', '0'] });
  const status = async (token: string): Promise<number> => {
    // A connection of its own: those kept may be to a worker that is about to go.
    const headers = { authorization: `Bearer ${token}`, connection: 'close' };
    return (await fetch(`${server.url}/ac/${freshKey()}`, { headers })).status;
  };
  assert.deepEqual([await status('first'), await status('second')], [404, 401]);

  await writeFile(tokens, 'bearer second write\n');
  server.child.kill('SIGHUP');
  await until(
    () => status('second'),
    (code) => code === 404,
  );
  await until(
    () => status('first'),
    (code) => code === 401,
  );

  await writeFile(tokens, 'bearer third\n');
  server.child.kill('SIGHUP');
  await until(
    async () => server.stderr(),
    (text) => text.includes('keeping the old configuration'),
  );
  assert.equal(await status('second'), 404);
  assert.match(server.stderr(), /line 1 must be bearer TOKEN/);
  assert.doesNotMatch(server.stderr(), /third/);
});

test('SIGHUP reads the configuration file again, and says what it cannot change', async (t) => {
  const file = join(await tempDir(t), 'c.yaml');
  await writeFile(file, 'auth: { readOnly: true }\n');
  const server = await startServer(t, { args: ['--config', file, '--drain-window', '0'] });
  const put = async (): Promise<number> => {
    const headers = { connection: 'close' };
    const init = { method: 'PUT', body: 'x', headers };
    return (await fetch(`${server.url}/ac/${freshKey()}`, init)).status;
  };
  assert.equal(await put(), 403);
  await writeFile(file, 'auth: { readOnly: false }\nprocesses: { workers: 7 }\n');
  server.child.kill('SIGHUP');
  await until(put, (status) => status === 200);
  assert.match(server.stderr(), /processes\.workers.*requires a restart/);
});

async function readyOn(connection: RawConnection): ReturnType<RawConnection['answer']> {
  connection.send('GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n');
  return await connection.answer();
}
