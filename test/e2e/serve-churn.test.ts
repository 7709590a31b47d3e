import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises';
import { RawConnection } from '../../src/testing/raw-connection.ts';
import { type RunningServer, startServer } from '../../src/testing/start-server.ts';
import { freshKey, until, workersOf } from './serve-client.ts';

/** How long each kind of churn lasts; `npm run torture:workers` sets it to 40. */
const seconds = Number(process.env.MEMOBUILD_TORTURE_SECONDS ?? 8);
const clients = 12;

test('workers that SIGHUP replaces undo no write that was acknowledged', async (t) => {
  const server = await startServer(t, { args: ['--workers', '8', '--drain-window', '500ms'] });
  const outcome = await writeDuring(t, server, async (isOver) => {
    while (!isOver()) {
      server.child.kill('SIGHUP');
      await delay(700);
    }
  });
  assert.ok(outcome.acknowledged > 100, `${outcome.acknowledged} writes`);
});

test('workers that are killed and replaced undo no write that was acknowledged', async (t) => {
  const server = await startServer(t, {
    args: ['--workers', '4'],
    env: { MEMOBUILD_RESTART_DELAY: '0' },
  });
  let killed = 0;
  const outcome = await writeDuring(t, server, async (isOver) => {
    while (!isOver()) {
      const workers = await workersOf(server.url).catch(() => []);
      const pid = workers[Math.floor(Math.random() * workers.length)];
      if (pid !== undefined) {
        process.kill(pid, 'SIGKILL');
        killed += 1;
      }
      await delay(300);
    }
  });
  t.diagnostic(`${killed} workers were killed`);
  assert.ok(killed > 3, `${killed} kills`);
  assert.ok(outcome.acknowledged > 100, `${outcome.acknowledged} writes`);
});

/** Clients store fresh keys and read each back while the workers change; nothing may be missing. */
async function writeDuring(
  t: TestContext,
  server: RunningServer,
  disturb: (isOver: () => boolean) => Promise<void>,
): Promise<{ readonly acknowledged: number }> {
  const keys: string[] = [];
  const missedAtOnce: string[] = [];
  const refused: number[] = [];
  let over = false;
  const client = async (): Promise<void> => {
    while (!over) {
      const connection = await RawConnection.open(t, server.port).catch(() => undefined);
      if (connection === undefined) {
        await delay(5);
        continue;
      }
      await converse(connection).catch(() => {
        // The worker died: what it had not answered was not acknowledged.
      });
      connection.socket.destroy();
    }
  };
  const converse = async (connection: RawConnection): Promise<void> => {
    while (!over) {
      const key = freshKey();
      connection.send(
        `PUT /ac/${key} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 64\r\n\r\n${key}`,
      );
      const put = await connection.answer();
      if (put.status !== 200) refused.push(put.status);
      else keys.push(key);
      if (put.headers.connection === 'close') return;
      connection.send(`GET /ac/${key} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
      const got = await connection.answer();
      if (put.status === 200 && got.body !== key) missedAtOnce.push(`${got.status} ${key}`);
      if (got.headers.connection === 'close') return;
      await turn();
    }
  };
  const running = Promise.all(Array.from({ length: clients }, client));
  const disturbing = disturb(() => over);
  await delay(seconds * 1000);
  over = true;
  await Promise.all([running, disturbing]);

  const lost: string[] = [];
  for (const key of keys) {
    if (!(await isThere(server.url, key))) lost.push(key);
  }
  t.diagnostic(`${keys.length} writes were acknowledged, ${lost.length} are lost`);
  assert.deepEqual({ refused, missedAtOnce, lost }, { refused: [], missedAtOnce: [], lost: [] });
  assert.doesNotMatch(server.stderr(), /MDB_/);
  return { acknowledged: keys.length };
}

/** The last worker to go may take a kept connection with it; the answer then comes from another. */
async function isThere(url: string, key: string): Promise<boolean> {
  const answer = await until(
    async () => {
      const response = await fetch(`${url}/ac/${key}`);
      return { status: response.status, text: await response.text() };
    },
    ({ status }) => status === 200 || status === 404,
  );
  return answer.status === 200 && answer.text === key;
}
