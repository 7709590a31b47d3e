import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { RunResult } from '../../src/loadtest/internal.ts';
import { freePort } from '../../src/testing/free-port.ts';
import { type FinishedRun, runMemobuild } from '../../src/testing/run-memobuild.ts';
import { startServer } from '../../src/testing/start-server.ts';
import { tempDir } from '../../src/testing/temp-dir.ts';
import { testCa, testServer } from '../../src/testing/tls-certificates.ts';

const load = ['--clients', '10', '--requests', '100', '--hit-rate', '0.75', '--size', '8KiB'];

function run(...args: string[]): Promise<FinishedRun> {
  const flags = ['loadtest', '--protocol', 'reapi', '--json', '--quiet', ...args];
  return runMemobuild(flags, { deadlineMs: 60_000 });
}

function resultOf(finished: FinishedRun): RunResult {
  assert.equal(finished.exitCode, 0, finished.stderr);
  assert.deepEqual(finished.leftProcesses, []);
  assert.deepEqual(finished.leftFiles, []);
  const result = JSON.parse(finished.stdout) as RunResult;
  assert.deepEqual(result.operations, { total: 1000, successful: 1000, failed: 0 });
  assert.equal(result.cache.hits + result.cache.misses, 1000);
  assert.ok(Math.abs(result.cache.hit_rate_percent! - 75) < 5);
  return result;
}

test('on a server of its own, the run reaches its hit rate', async () => {
  const result = resultOf(await run(...load, '--working-set', '100'));
  assert.equal(result.config.protocol, 'reapi');
  assert.equal(result.writes.lost, 0);
  assert.ok(result.writes.reread > 0);
});

test('the counters of a server that was there before confirm hits and misses', async (t) => {
  const grpcPort = await freePort();
  const server = await startServer(t, { args: ['--grpc-port', String(grpcPort)] });
  const target = ['--target', `grpc://127.0.0.1:${grpcPort}`, '--instance', 'team/one'];
  const { cache, writes } = resultOf(await run(...target, ...load, '--working-set', '100'));
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  const counted = (result: string): number =>
    [...metrics.matchAll(/^memobuild_cache_lookups_total\{([^}]*)\} (\d+)$/gm)]
      .filter(([, labels]) => labels!.includes('space="ac",namespace="team/one"'))
      .filter(([, labels]) => labels!.includes(`"${result}"`))
      .reduce((sum, [, , value]) => sum + Number(value), 0);
  // Beside the operations, the server saw the rereads of stored writes, and the probe before the run.
  assert.equal(counted('hit') - writes.reread, cache.hits);
  assert.equal(counted('miss') - 1, cache.misses);
  const calls = (method: string): number =>
    [...metrics.matchAll(/^memobuild_http_requests_total\{([^}]*)\} (\d+)$/gm)]
      .filter(([, labels]) => labels!.includes(`"${method}"`))
      .reduce((sum, [, , value]) => sum + Number(value), 0);
  // The warm-up and the misses store, each by the calls that Bazel makes for it.
  for (const method of ['FindMissingBlobs', 'Write', 'UpdateActionResult']) {
    assert.equal(calls(method), 100 + cache.misses, method);
  }
  assert.equal(calls('Read'), cache.hits + writes.reread);
});

test('TLS and tokens', async (t) => {
  const dir = await tempDir(t);
  const file = async (name: string, text: string): Promise<string> => {
    const path = join(dir, name);
    await writeFile(path, text);
    return path;
  };
  const grpcPort = await freePort();
  await startServer(t, {
    args: [
      '--tls-cert',
      await file('cert.pem', testServer.cert),
      '--tls-key',
      await file('key.pem', testServer.key),
    ]
      .concat('--tokens', await file('tokens', 'bearer secret write\nbearer reader read\n'))
      .concat('--grpc-port', String(grpcPort)),
  });
  const small = ['--working-set', '20', ...load];
  const target = ['--target', `grpcs://localhost:${grpcPort}`];
  const ca = ['--ca', await file('ca.pem', testCa)];
  const token = ['--token-file', await file('token', 'secret\n')];
  resultOf(await run(...target, ...ca, ...token, ...small));
  resultOf(await run(...target, '--insecure-tls', ...token, ...small));

  for (const [args, says] of [
    [[...target, ...token], /cannot be reached: .*certificate/],
    [[...target, ...ca], /rejects a lookup .*UNAUTHENTICATED/],
    [[...target, ...ca, '--token-file', await file('reader', 'reader')], /PERMISSION_DENIED/],
    [['--target', `grpc://localhost:${grpcPort}`], /broke/],
  ] as const) {
    const refused = await run(...args, ...small);
    assert.equal(refused.exitCode, 3, refused.stderr);
    assert.match(refused.stderr, says);
  }
});

test('a target whose scheme does not fit the protocol is wrong usage', async () => {
  for (const [args, says] of [
    [
      ['--protocol', 'reapi', '--target', 'http://127.0.0.1:1'],
      /target must be a grpc:\/\/ or grpcs:/,
    ],
    [['--target', 'grpc://127.0.0.1:1'], /must be an http:.* that scheme needs protocol reapi/],
    [['--protocol', 'bazel', '--target', 'grpcs://127.0.0.1:1'], /needs protocol reapi/],
  ] as const) {
    const wrong = await runMemobuild(['loadtest', ...args], { deadlineMs: 30_000 });
    assert.equal(wrong.exitCode, 2, wrong.stderr);
    assert.match(wrong.stderr, says);
  }
});
