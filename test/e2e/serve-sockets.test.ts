import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { connect, type NetConnectOpts } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { listeningLinePattern } from '../../src/core/index.ts';
import { ContentAddressableStorage } from '../../src/protocols/shared/protobuf/generated/remote-execution.pb.ts';
import { GrpcClient } from '../../src/testing/grpc-client.ts';
import { runMemobuild } from '../../src/testing/run-memobuild.ts';
import { type StartedMemobuild, startMemobuild } from '../../src/testing/start-memobuild.ts';
import { startServer } from '../../src/testing/start-server.ts';
import { tempDir } from '../../src/testing/temp-dir.ts';
import { freshKey, hashOf, type Stats, until } from './serve-client.ts';

const deadline = { deadlineMs: 60_000 };

interface Answer {
  readonly status: number;
  readonly text: string;
}

/** One request over a Unix socket, on a connection of its own. */
function request(socketPath: string, method: string, path: string, body = ''): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = http.request({ socketPath, method, path, agent: false }, (response) => {
      void text(response).then(
        (answer) => resolve({ status: response.statusCode ?? 0, text: answer }),
        reject,
      );
    });
    sent.once('error', reject);
    sent.end(body);
  });
}

async function ask(
  socketPath: string,
  method: string,
  path: string,
  body?: string,
): Promise<number> {
  return (await request(socketPath, method, path, body)).status;
}

async function workersBehind(socketPath: string): Promise<number[]> {
  const stats = JSON.parse((await request(socketPath, 'GET', '/api/v1/stats')).text) as Stats;
  return stats.processes.filter(({ role }) => role === 'worker').map(({ pid }) => pid);
}

/** Stores a blob over gRPC and reads it back. */
async function roundTripOverGrpc(client: GrpcClient): Promise<void> {
  const { batchUpdateBlobs, batchReadBlobs } = ContentAddressableStorage.method;
  const data = randomBytes(1000);
  const digest = { hash: hashOf(data), sizeBytes: BigInt(data.length) };
  await client.unary(batchUpdateBlobs, { requests: [{ digest, data }] });
  const { responses } = await client.unary(batchReadBlobs, { digests: [digest] });
  assert.deepEqual(Buffer.from(responses[0]?.data ?? []), data);
}

async function startOn(dir: string, ...more: string[]): Promise<StartedMemobuild> {
  const args = ['serve', '--dir', join(dir, 'store'), '--host', `unix:${join(dir, 'http.sock')}`];
  const started = startMemobuild(cleanup, [...args, '--workers', '2', ...more], {
    env: { MEMOBUILD_DRAIN_WINDOW: '0' },
  });
  await started.stdout.first(/^memobuild listening on unix:\S+ \(http\)$/);
  return started;
}

async function pingRedis(place: NetConnectOpts): Promise<string> {
  const socket = connect(place);
  socket.write('*1\r\n$4\r\nPING\r\n*1\r\n$4\r\nQUIT\r\n');
  return await text(socket);
}

let cleanup: Parameters<typeof startMemobuild>[0];

test('HTTP, gRPC and Redis are served over Unix sockets, by workers that come and go', async (t) => {
  cleanup = t;
  const dir = await tempDir(t);
  const path = join(dir, 'http.sock');
  const redisPath = join(dir, 'redis.sock');
  const others = ['--redis-host', `unix:${redisPath}`, '--grpc-host', `unix:${join(dir, 'grpc')}`];
  const server = await startOn(dir, ...others);
  await server.stdout.first(/^memobuild listening on unix:\S+redis\.sock \(redis\)$/);
  await server.stdout.first(/^memobuild listening on unix:\S+grpc \(grpc\)$/);
  const key = freshKey();
  assert.equal(await ask(path, 'PUT', `/ac/${key}`, 'x'), 200);
  assert.equal(await ask(path, 'GET', `/ac/${key}`), 200);
  assert.equal(await pingRedis({ path: redisPath }), '+PONG\r\n+OK\r\n');
  const grpcClient = new GrpcClient(t, `unix:${join(dir, 'grpc')}`);
  await roundTripOverGrpc(grpcClient);

  server.child.kill('SIGHUP');
  await server.stderr.first(/"reloaded"/);
  assert.equal(await ask(path, 'GET', `/ac/${key}`), 200, 'after a reload');
  await until(
    async () => roundTripOverGrpc(grpcClient),
    () => true,
  );

  // Another server is not let in, and takes nothing away.
  const second = await runMemobuild(
    ['serve', '--store', 'memory', '--host', `unix:${path}`],
    deadline,
  );
  assert.equal(second.exitCode, 3, second.stderr);
  assert.match(second.stderr, /http\.sock is in use: another program listens there/);
  assert.equal(await ask(path, 'GET', `/ac/${key}`), 200);

  server.child.kill('SIGTERM');
  assert.equal(await server.ended(), 0);
  assert.deepEqual([existsSync(path), existsSync(redisPath)], [false, false]);
});

test('a worker that is killed behind a Unix socket is replaced, and the socket stays', async (t) => {
  cleanup = t;
  const dir = await tempDir(t);
  const path = join(dir, 'http.sock');
  const grpcPath = join(dir, 'grpc.sock');
  const server = await startOn(dir, '--grpc-host', `unix:${grpcPath}`);
  await server.stdout.first(/^memobuild listening on unix:\S+grpc\.sock \(grpc\)$/);
  const key = freshKey();
  assert.equal(await ask(path, 'PUT', `/ac/${key}`, 'x'), 200);
  const before = await until(
    () => workersBehind(path),
    (pids) => pids.length === 2,
  );
  for (const pid of before) {
    process.kill(pid, 'SIGKILL');
    // At any time one worker at least listens.
    await until(
      () => workersBehind(path),
      (pids) => pids.length === 2 && !pids.includes(pid),
    );
    assert.equal(await ask(path, 'GET', `/ac/${key}`), 200);
    // A client opens another connection where its own ended with the worker.
    await roundTripOverGrpc(new GrpcClient(t, `unix:${grpcPath}`));
  }
  const after = await workersBehind(path);
  assert.ok(!after.some((pid) => before.includes(pid)));
  server.child.kill('SIGTERM');
  assert.equal(await server.ended(), 0);
  assert.deepEqual([existsSync(path), existsSync(grpcPath)], [false, false]);
});

test('what a killed server left is replaced, and another file is not', async (t) => {
  cleanup = t;
  const dir = await tempDir(t);
  const path = join(dir, 'http.sock');
  const killed = await startOn(dir);
  killed.child.kill('SIGKILL');
  await once(killed.child, 'exit');
  // Its workers end with it.
  await sleep(500);
  assert.ok(existsSync(path), 'a killed server leaves its socket');
  const next = await startOn(dir);
  assert.equal(await ask(path, 'GET', '/healthz'), 200);
  next.child.kill('SIGTERM');
  assert.equal(await next.ended(), 0);
  await writeFile(path, 'precious');
  const args = ['serve', '--store', 'memory', '--host', `unix:${path}`];
  const refused = await runMemobuild(args, deadline);
  assert.equal(refused.exitCode, 3, refused.stderr);
  assert.equal(await readFile(path, 'utf8'), 'precious');
});

test('IPv6 is served, printed so that it can be used, and reached by purge and loadtest', async (t) => {
  const others = ['grpc', 'redis'].flatMap((name) => [
    `--${name}-host`,
    '::1',
    `--${name}-port`,
    '0',
  ]);
  const server = await startServer(t, { args: ['--host', '[::1]', ...others] });
  assert.match(server.url, /^http:\/\/\[::1\]:\d+$/);
  const [, grpcUrl = ''] = await server.stdout.first(listeningLinePattern('grpc'));
  assert.match(grpcUrl, /^grpc:\/\/\[::1\]:\d+$/);
  const [, redisUrl = ''] = await server.stdout.first(listeningLinePattern('redis'));
  const [, redisPort] = /^redis:\/\/\[::1\]:(\d+)$/.exec(redisUrl) ?? [];
  assert.equal(await pingRedis({ host: '::1', port: Number(redisPort) }), '+PONG\r\n+OK\r\n');
  assert.equal((await fetch(`${server.url}/healthz`)).status, 200);
  const purged = await runMemobuild(['purge', '--url', server.url, '--namespace', 'x'], deadline);
  assert.equal(purged.exitCode, 0, purged.stderr);
  const few = [
    '--clients',
    '2',
    '--duration',
    '2s',
    '--requests',
    '20',
    '--size',
    '1KiB',
    '--working-set',
    '50',
  ];
  for (const target of [[server.url], [grpcUrl, '--protocol', 'reapi']]) {
    const load = await runMemobuild(['loadtest', '--target', ...target, ...few], deadline);
    assert.ok(load.exitCode === 0 || load.exitCode === 1, load.stderr);
    assert.match(load.stdout, /\[::1\]/);
    assert.doesNotMatch(load.stdout + load.stderr, /ECONN|ENOTFOUND|EINVAL/);
  }
});
