import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import {
  Health,
  HealthCheckResponse_ServingStatus as Serving,
} from '../../src/protocols/shared/protobuf/generated/health.pb.ts';
import { ended } from '../../src/testing/child-process.ts';
import { GrpcClient } from '../../src/testing/grpc-client.ts';
import { RawConnection } from '../../src/testing/raw-connection.ts';
import { startServer } from '../../src/testing/start-server.ts';
import { freshKey, hashOf, until } from './serve-client.ts';

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;

test('SIGTERM: an upload under way ends well, and an idle connection is answered again', async (t) => {
  const server = await startServer(t, {
    args: ['--workers', '2', '--drain-window', '20s', '--drain-deadline', '30s'],
  });
  const body = 'x'.repeat(200_000);
  const upload = await RawConnection.open(t, server.port);
  const path = `/cas/${hashOf(body)}`;
  upload.send(`PUT ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\n\r\n`);
  upload.send(body.slice(0, 1000));
  // One idle connection that the fast path holds, and one that Node's server holds.
  const idle = await RawConnection.open(t, server.port);
  idle.send(get(`/ac/${freshKey()}`));
  assert.equal((await idle.answer()).headers.connection, undefined);
  const idleToo = await RawConnection.open(t, server.port);
  idleToo.send(get('/readyz'));
  assert.equal((await idleToo.answer()).status, 200);

  server.child.kill('SIGTERM');
  await untilRefused(server.port);
  assert.equal(idle.isClosed, false, 'idle connections stay open within the window');

  idle.send(get(`/ac/${freshKey()}`));
  const last = await idle.answer();
  assert.deepEqual([last.status, last.headers.connection], [404, 'close']);
  await idle.closed();
  idleToo.send(get('/readyz'));
  const unready = await idleToo.answer();
  assert.deepEqual([unready.status, unready.headers.connection], [503, 'close']);
  await idleToo.closed();

  await delay(300);
  upload.send(body.slice(1000));
  const stored = await upload.answer();
  assert.deepEqual([stored.status, stored.headers.connection], [200, 'close']);
  await upload.closed();
  await ended(server.child);
  assert.equal(server.child.exitCode, 0, 'it ends once the last connection is gone');

  const again = await startServer(t, { dir: server.dir });
  assert.equal(await (await fetch(again.url + path)).text(), body);
});

test('SIGTERM: health checks fail at once, and requests are taken until the delay is over', async (t) => {
  const server = await startServer(t, {
    args: ['--grpc-port', '0', '--drain-delay', '3s', '--drain-window', '0'],
  });
  const grpcPort = await server.stdout.first(/grpc:\/\/127\.0\.0\.1:(\d+)/);
  const client = new GrpcClient(t, `127.0.0.1:${grpcPort[1]}`);
  const watch = client.serverStream(Health.method.watch, {})[Symbol.asyncIterator]();
  assert.equal((await watch.next()).value.status, Serving.SERVING);
  const idle = await RawConnection.open(t, server.port);
  idle.send(get('/readyz'));
  assert.equal((await idle.answer()).status, 200);

  const startedMs = performance.now();
  server.child.kill('SIGTERM');
  await until(
    async () => {
      idle.send(get('/readyz'));
      return (await idle.answer()).status;
    },
    (status) => status === 503,
  );
  assert.equal((await watch.next()).value.status, Serving.NOT_SERVING);
  const { status } = await client.unary(Health.method.check, { service: '' });
  assert.equal(status, Serving.NOT_SERVING);
  const key = freshKey();
  const stored = await fetch(`${server.url}/ac/${key}`, { method: 'PUT', body: 'late' });
  assert.equal(stored.status, 200);
  const late = await RawConnection.open(t, server.port);
  late.send(get(`/ac/${key}`));
  const answer = await late.answer();
  assert.deepEqual([answer.body, answer.headers.connection], ['late', undefined]);

  await ended(server.child);
  assert.equal(server.child.exitCode, 0);
  assert.ok(performance.now() - startedMs >= 3000, 'it does not end before the delay is over');
});

test('idle connections are closed when the window is over, running ones at the deadline', async (t) => {
  const server = await startServer(t, {
    args: ['--drain-window', '300ms', '--drain-deadline', '1500ms'],
  });
  const idle = await RawConnection.open(t, server.port);
  idle.send(get(`/ac/${freshKey()}`));
  await idle.answer();
  const silent = await RawConnection.open(t, server.port);
  const stuck = await RawConnection.open(t, server.port);
  stuck.send(
    `PUT /ac/${freshKey()} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\nx`,
  );
  await delay(50);
  server.child.kill('SIGTERM');
  await Promise.all([idle.closed(), silent.closed()]);
  assert.equal(stuck.isClosed, false);
  await stuck.closed();
  await ended(server.child);
  assert.equal(server.child.exitCode, 0);
});

test('a second signal ends it at once', async (t) => {
  const server = await startServer(t, {
    args: ['--drain-window', '60s', '--drain-deadline', '60s'],
  });
  const idle = await RawConnection.open(t, server.port);
  idle.send(get(`/ac/${freshKey()}`));
  await idle.answer();
  server.child.kill('SIGINT');
  await untilRefused(server.port);
  assert.equal(server.child.exitCode, null);
  server.child.kill('SIGINT');
  await ended(server.child);
  assert.equal(server.child.exitCode, 130);
});

test('without connections it ends at once, whatever the window', async (t) => {
  const server = await startServer(t, {
    args: ['--drain-window', '60s', '--drain-deadline', '60s'],
  });
  server.child.kill('SIGTERM');
  await ended(server.child);
  assert.equal(server.child.exitCode, 0);
});

async function untilRefused(port: number): Promise<void> {
  for (;;) {
    const taken = await RawConnection.open({ after: () => {} }, port).catch(() => undefined);
    if (taken === undefined) return;
    taken.socket.destroy();
    await delay(10);
  }
}
