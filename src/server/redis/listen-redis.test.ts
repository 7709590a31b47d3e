import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startInProcess } from '../../testing/start-in-process.ts';

/** A connection, and all that came on it so far. */
function open(port: number): {
  readonly socket: Socket;
  text: string;
  readonly closed: Promise<void>;
} {
  const socket = connect(port, '127.0.0.1');
  const connection = {
    socket,
    text: '',
    closed: new Promise<void>((resolve) => socket.once('close', () => resolve())),
  };
  socket.on('data', (chunk: Buffer) => {
    connection.text += chunk.toString('latin1');
  });
  socket.on('error', () => {});
  return connection;
}

async function until(isSo: () => boolean): Promise<void> {
  for (let round = 0; round < 500 && !isSo(); round += 1) await sleep(10);
  assert.ok(isSo(), 'it did not happen');
}

const ping = '*1\r\n$4\r\nPING\r\n';

test('a client that is silent within a command is cut off, one that is silent between two is not', async (t) => {
  const { otherPorts } = await startInProcess(t, {
    env: { MEMOBUILD_REDIS_PORT: '0', MEMOBUILD_BODY_IDLE_TIMEOUT: '200ms' },
  });
  const patient = open(otherPorts.redis!);
  patient.socket.write(ping);
  const slow = open(otherPorts.redis!);
  slow.socket.write('*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$100\r\nhalf');
  await slow.closed;
  await sleep(300);
  patient.socket.write(ping);
  await until(() => patient.text === '+PONG\r\n+PONG\r\n');
  patient.socket.destroy();
});

test('more connections than the limit are closed as they come', async (t) => {
  const { otherPorts } = await startInProcess(t, {
    env: { MEMOBUILD_REDIS_PORT: '0', MEMOBUILD_CONNECTIONS: '2' },
  });
  const connections = [1, 2, 3].map(() => open(otherPorts.redis!));
  const [first, second, third] = connections;
  await third!.closed;
  first!.socket.write(ping);
  second!.socket.write(ping);
  await until(() => first!.text + second!.text === '+PONG\r\n+PONG\r\n');
  first!.socket.destroy();
  second!.socket.destroy();
});

test('a client that closed its half gets all its answers', async (t) => {
  const { otherPorts } = await startInProcess(t, { env: { MEMOBUILD_REDIS_PORT: '0' } });
  const connection = open(otherPorts.redis!);
  connection.socket.end(ping.repeat(100));
  await connection.closed;
  assert.equal(connection.text, '+PONG\r\n'.repeat(100));
});

test('a client that does not read is cut off, and what else it asked for is not looked up', async (t) => {
  const { otherPorts, server } = await startInProcess(t, {
    env: { MEMOBUILD_REDIS_PORT: '0', MEMOBUILD_RESPONSE_IDLE_TIMEOUT: '200ms' },
  });
  const size = 2 ** 20;
  const writer = open(otherPorts.redis!);
  writer.socket.write(`*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$${size}\r\n${'x'.repeat(size)}\r\n`);
  await until(() => writer.text === '+OK\r\n');
  writer.socket.destroy();
  const silent = connect(otherPorts.redis!, '127.0.0.1');
  silent.on('error', () => {});
  silent.write('*2\r\n$3\r\nGET\r\n$1\r\nk\r\n'.repeat(200));
  await until(() => server.report().connectionsOpen === 1);
  await until(() => server.report().connectionsOpen === 0);
  const [row] = server.report().counters.lookups;
  assert.ok(row!.hits > 0 && row!.hits < 100, `${row!.hits} of 200 were looked up`);
  silent.destroy();
});

test('draining answers what is under way and then closes', async (t) => {
  const { otherPorts, server } = await startInProcess(t, {
    env: { MEMOBUILD_REDIS_PORT: '0' },
    drainWindowMs: 5000,
  });
  const connection = open(otherPorts.redis!);
  connection.socket.write('*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\nab');
  await sleep(50);
  const drained = server.drain();
  await sleep(50);
  connection.socket.write(`cde\r\n${ping}`);
  await connection.closed;
  assert.equal(connection.text, '+OK\r\n');
  await drained;
  const late = open(otherPorts.redis!);
  await late.closed;
  assert.equal(late.text, '');
});

test('commands are counted as requests, also those that broke off', async (t) => {
  const { otherPorts, server } = await startInProcess(t, { env: { MEMOBUILD_REDIS_PORT: '0' } });
  const connection = open(otherPorts.redis!);
  connection.socket.write(
    `${ping}*2\r\n$3\r\nGET\r\n$1\r\nk\r\n*1\r\n$4\r\nOOPS\r\n*2\r\n$3\r\nGET\r\n$x\r\n`,
  );
  await connection.closed;
  const { counters, requestsInFlight } = server.report();
  assert.equal(requestsInFlight, 0);
  const counts = counters.requests.map(({ route, method, status, count }) => [
    route,
    method,
    status,
    count,
  ]);
  assert.deepEqual(counts.sort(), [
    ['redis', 'GET', 200, 1],
    ['redis', 'GET', 500, 1],
    ['redis', 'OTHER', 500, 1],
    ['redis', 'PING', 200, 1],
  ]);
});
