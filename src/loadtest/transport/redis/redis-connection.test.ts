import assert from 'node:assert/strict';
import { createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import type { FailureKind } from '../../../protocols/shared/load-client.ts';
import { hashSecret } from '../../../server/index.ts';
import { openLoadConnection } from '../../../testing/open-load-connection.ts';
import { startInProcess } from '../../../testing/start-in-process.ts';
import type { LoadConnection } from '../load-connection.ts';
import { type ConnectionObserver, unobserved } from '../shared/connection-observer.ts';

function open(
  t: TestContext,
  url: string,
  headers: Record<string, string> = {},
  observer?: ConnectionObserver,
): LoadConnection {
  return openLoadConnection(t, { url, headers }, observer);
}

/**
 * A server that answers each piece it gets with the next of these texts, or follows its
 * instructions.
 */
async function answering(
  t: TestContext,
  ...answers: readonly (string | ((socket: Socket) => void))[]
): Promise<string> {
  const sockets = new Set<Socket>();
  let next = 0;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('data', () => {
      const answer = answers[next] ?? '';
      next += 1;
      if (typeof answer === 'string') socket.write(answer);
      else answer(socket);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  return `redis://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
}

const get = { method: 'GET', path: '/k' } as const;

const statuses: readonly [string, number][] = [
  ['$-1\r\n', 404],
  ['$0\r\n\r\n', 200],
  ['$3\r\nabc\r\n', 200],
  ['+OK\r\n', 200],
  [':1\r\n', 200],
  [':0\r\n', 404],
  ['-NOAUTH x\r\n', 401],
  ['-READONLY x\r\n', 403],
  ['-OOM x\r\n', 507],
  ['-LOADING x\r\n', 503],
  ['-ERR x\r\n', 400],
];

for (const [answer, status] of statuses) {
  test(`${JSON.stringify(answer)} is ${status}, also byte by byte`, async (t) => {
    const whole = open(t, await answering(t, answer));
    assert.equal((await whole.exchange(get)).status, status);
    const cut = open(
      t,
      await answering(t, (socket) => {
        void (async () => {
          for (const byte of answer) {
            socket.write(byte);
            await new Promise((resolve) => setTimeout(resolve, 1));
          }
        })();
      }),
    );
    const body: string[] = [];
    const reply = await cut.exchange(get, (chunk) => body.push(chunk.toString()));
    assert.equal(reply.status, status);
    assert.equal(body.join(''), answer.startsWith('$3') ? 'abc' : '');
    assert.equal(reply.bodyBytes, body.join('').length);
  });
}

const failures: Readonly<
  Record<string, readonly [string | ((socket: Socket) => void), FailureKind]>
> = {
  'what is not Redis': ['HTTP/1.1 400 Bad Request\r\n\r\n', 'protocol'],
  'a length of no number': ['$x\r\n', 'protocol'],
  'a line without an end': ['+'.repeat(5000), 'protocol'],
  'more than was requested': ['+OK\r\n+OK\r\n', 'protocol'],
  'half a value and the end': [(socket) => socket.end('$5\r\nab'), 'reset'],
  'the end': [(socket) => socket.end(), 'reset'],
  'a reset': [(socket) => socket.resetAndDestroy(), 'reset'],
};

for (const [what, [answer, kind]] of Object.entries(failures)) {
  test(`${what} is a failure of kind ${kind}, and the next exchange has a connection of its own`, async (t) => {
    const connection = open(t, await answering(t, answer, '$-1\r\n'));
    await assert.rejects(connection.exchange(get), { name: 'OperationFailure', kind });
    assert.equal((await connection.exchange(get)).status, 404);
    assert.equal(connection.opened, 2);
  });
}

test('silence is a timeout, a closed port is refused', async (t) => {
  const silent = open(t, await answering(t));
  silent.deadlineMs = performance.now() + 50;
  await assert.rejects(silent.exchange(get), { kind: 'timeout' });
  const closed = open(t, 'redis://127.0.0.1:9');
  await assert.rejects(closed.exchange(get), { kind: 'refused' });
});

test('credentials are presented before the first command, and a refusal is named', async (t) => {
  const secretSha256 = hashSecret('token');
  const { otherPorts } = await startInProcess(t, {
    env: { MEMOBUILD_REDIS_PORT: '0' },
    credentials: [
      { name: 'a', scheme: 'bearer', secretSha256, scope: 'write' },
      { name: 'b', scheme: 'basic', secretSha256: hashSecret('user:word'), scope: 'read' },
    ],
  });
  const url = `redis://127.0.0.1:${otherPorts.redis}`;
  assert.equal((await open(t, url).exchange(get)).status, 401);
  for (const authorization of ['Bearer token', `Basic ${btoa('user:word')}`]) {
    const known = open(t, url, { Authorization: authorization });
    assert.equal((await known.exchange(get)).status, 404);
    assert.equal((await known.exchange(get)).status, 404);
    assert.equal(known.opened, 1);
  }
  const wrong = open(t, url, { Authorization: 'Bearer wrong' });
  await assert.rejects(wrong.exchange(get), { kind: 'http_4xx' });
});

test('a command on a connection that had been closed is sent once more, after a reset it is not', async (t) => {
  let stale = 0;
  const observer = { ...unobserved, wasStale: () => (stale += 1) };
  const closes = (socket: Socket): void => void socket.end();
  const resets = (socket: Socket): void => void socket.resetAndDestroy();
  const url = await answering(t, '+OK\r\n', closes, '+OK\r\n', closes, closes, '+OK\r\n', resets);
  const connection = open(t, url, {}, observer);
  assert.equal((await connection.exchange(get)).status, 200);
  assert.equal((await connection.exchange(get)).status, 200);
  assert.equal(stale, 1);
  await assert.rejects(connection.exchange(get), { kind: 'reset' }, 'once only');
  assert.equal((await connection.exchange(get)).status, 200);
  await assert.rejects(connection.exchange(get), { kind: 'reset' });
  assert.equal(stale, 2);
});
