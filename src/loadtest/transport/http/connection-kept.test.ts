import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import type { HttpRequest } from '../../../protocols/shared/load-client.ts';
import { openLoadConnection } from '../../../testing/open-load-connection.ts';
import { listen, onRequests } from '../../../testing/raw-http-server.ts';
import { createPoolMemory, PayloadPool } from '../../workload/payload-pool.ts';
import type { LoadConnection } from '../load-connection.ts';
import { type ConnectionObserver, unobserved } from '../shared/connection-observer.ts';

function open(t: TestContext, port: number, observer?: ConnectionObserver): LoadConnection {
  return openLoadConnection(t, { url: `http://127.0.0.1:${port}` }, observer);
}

const get: HttpRequest = { method: 'GET', path: '/ac/1' };
const hello = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello';
const pool = new PayloadPool(createPoolMemory(1));

async function bodyOf(connection: LoadConnection): Promise<string> {
  let body = '';
  await connection.exchange(get, (chunk) => {
    body += chunk.toString();
  });
  return body;
}

/** Answers the first request of a connection, and does to the second what `close` does. */
function keepsOnce(close: (socket: Socket) => void): (socket: Socket) => void {
  return (socket) => {
    let requests = 0;
    onRequests(socket, () => {
      requests += 1;
      if (requests === 1) socket.write(hello);
      else close(socket);
    });
  };
}

describe('a kept connection that was closed', () => {
  const countStale = (): { observer: ConnectionObserver; stale: () => number } => {
    let stale = 0;
    return { observer: { ...unobserved, wasStale: () => (stale += 1) }, stale: () => stale };
  };

  test('is not a failure: the request is sent once more, and counted', async (t) => {
    const port = await listen(
      t,
      keepsOnce((socket) => socket.end()),
    );
    const { observer, stale } = countStale();
    const connection = open(t, port, observer);
    for (let round = 0; round < 3; round += 1) assert.equal(await bodyOf(connection), 'hello');
    const body = pool.payload('d'.repeat(64), 100_000);
    await connection.exchange({ method: 'PUT', path: '/x', body });
    assert.deepEqual([stale(), connection.opened], [3, 4]);
  });

  test('a reset while a request is under way stays a reset', async (t) => {
    const port = await listen(
      t,
      keepsOnce((socket) => socket.resetAndDestroy()),
    );
    const { observer, stale } = countStale();
    const connection = open(t, port, observer);
    assert.equal(await bodyOf(connection), 'hello');
    await assert.rejects(connection.exchange(get), { kind: 'reset' });
    assert.equal(stale(), 0);
  });

  test('once only, never past the first byte, and never for a POST', async (t) => {
    let isOver = false;
    const port = await listen(t, (socket) => {
      if (isOver) socket.end();
      else keepsOnce((kept) => kept.end())(socket);
    });
    const { observer, stale } = countStale();
    const connection = open(t, port, observer);
    await bodyOf(connection);
    await assert.rejects(connection.exchange({ method: 'POST', path: '/' }), { kind: 'reset' });
    await bodyOf(connection);
    isOver = true;
    await assert.rejects(connection.exchange(get), { kind: 'reset' });
    assert.equal(stale(), 1);
    const cut = await listen(
      t,
      keepsOnce((socket) => socket.end(hello.slice(0, 30))),
    );
    const other = open(t, cut, observer);
    await bodyOf(other);
    await assert.rejects(other.exchange(get), { kind: 'reset' });
    assert.equal(stale(), 1);
  });
});

test('the phases of an exchange: the connection, the wait for the first byte, the transfer', async (t) => {
  const port = await listen(t, (socket) =>
    onRequests(socket, () => {
      setTimeout(() => socket.write(hello.slice(0, -2)), 60);
      setTimeout(() => socket.write(hello.slice(-2)), 180);
    }),
  );
  const connected: number[] = [];
  const answered: [number, number][] = [];
  const connection = open(t, port, {
    ...unobserved,
    connected: (ms) => connected.push(ms),
    answered: (...times) => answered.push(times),
  });
  await bodyOf(connection);
  await bodyOf(connection);
  assert.equal(connected.length, 1);
  assert.equal(answered.length, 2);
  for (const [firstByteMs, transferMs] of answered) {
    assert.ok(firstByteMs >= 55, `${firstByteMs}`);
    assert.ok(transferMs >= 60, `${transferMs}`);
  }
});

test('content that cannot be decoded is called so, and not wrong bytes', async (t) => {
  const encoded = hello.replace('\r\n', '\r\nContent-Encoding: zstd\r\n');
  const port = await listen(t, (socket) => onRequests(socket, () => socket.write(encoded)));
  const connection = open(t, port);
  await assert.rejects(bodyOf(connection), /Content-Encoding: zstd/);
  // Where nobody reads the content, its coding does not matter.
  assert.equal((await connection.exchange(get)).status, 200);
  const plain = hello.replace('\r\n', '\r\nContent-Encoding: identity\r\n');
  const other = await listen(t, (socket) => onRequests(socket, () => socket.write(plain)));
  assert.equal(await bodyOf(open(t, other)), 'hello');
});
