import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import test from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { RunResult } from '../../src/loadtest/internal.ts';
import { repositoryRoot } from '../../src/testing/program.ts';
import { type FinishedRun, runMemobuild } from '../../src/testing/run-memobuild.ts';
import { startServer } from '../../src/testing/start-server.ts';
import { tempDir } from '../../src/testing/temp-dir.ts';

/** Small enough to warm up in an instant. */
const small = ['--size', '1KiB', '--working-set', '100'];

function run(...args: string[]): Promise<FinishedRun> {
  return runMemobuild(['loadtest', ...args], { deadlineMs: 90_000 });
}

function assertNothingLeft(finished: FinishedRun): void {
  assert.equal(finished.timedOut, false, finished.stderr);
  assert.deepEqual(finished.leftProcesses, []);
  assert.deepEqual(finished.leftFiles, []);
}

test('the published flags give the published JSON, a report and an exit code', async (t) => {
  const output = join(await tempDir(t), 'r.json');
  const flags = ['--clients', '10', '--duration', '20', '--requests', '100', '--hit-rate', '0.75'];
  const finished = await run(...flags, '--output', output, '--size', '1KiB');
  assert.equal(finished.exitCode, 0, finished.stderr + finished.stdout);
  assertNothingLeft(finished);
  const result = JSON.parse(await readFile(output, 'utf8')) as RunResult;
  assert.equal(Number.isNaN(Date.parse(result.timestamp)), false);
  assert.deepEqual(result.operations, { total: 1000, successful: 1000, failed: 0 });
  for (const key of ['min_ms', 'avg_ms', 'p50_ms', 'p95_ms', 'p99_ms', 'max_ms'] as const) {
    assert.ok((result.latency[key] ?? 0) > 0, key);
  }
  assert.ok(result.throughput_ops_per_sec! > 0);
  assert.equal(result.cache.hits + result.cache.misses, 1000);
  assert.ok(Math.abs(result.cache.hit_rate_percent! - 75) < 5);
  assert.equal(result.stop_reason, 'requests');
  assert.equal(result.config.num_clients, 10);
  const lines = finished.stdout.trimEnd().split('\n');
  assert.match(lines[0]!, /^(PASS|INVESTIGATE) {2}1,000 operations in /);
  assert.equal(lines.at(-1), lines[0]);
  assert.ok(finished.stdout.includes(output), 'the report names the file');
  assert.equal((finished.stdout + finished.stderr).includes('\u001b'), false);
});

test('a result keeps to docs/result.schema.json, and the windows add up to its figures', async (t) => {
  const finished = await run('--rate', '200', '--duration', '3', '--json', ...small);
  assertNothingLeft(finished);
  // stdout holds nothing else.
  const result = JSON.parse(finished.stdout) as RunResult;
  const schema: unknown = JSON.parse(
    await readFile(join(repositoryRoot, 'docs', 'result.schema.json'), 'utf8'),
  );
  const ajv = new Ajv2020({ allErrors: true, strict: false });
  addFormats.default(ajv);
  const validate = ajv.compile(schema as object);
  assert.ok(validate(result), JSON.stringify(validate.errors));
  assert.equal(result.latency.model, 'open');
  assert.equal(result.scheduled, 600);
  assert.equal(result.operations.total, 600);
  const inWindows = result.windows.reduce((sum, window) => sum + window.operations.total, 0);
  assert.equal(inWindows, 600);
  assert.ok(result.latency.by_series.service!.count > 0);
  assert.ok(result.latency.by_series.send_lag!.count > 0);
  assert.match(finished.stderr, /\nLatency {2}response: from the due time/);
  t.diagnostic(`${result.verdict.verdict}: ${result.verdict.reasons.join('; ')}`);
});

test("the server's own counters confirm the hit rate", async (t) => {
  const server = await startServer(t);
  const load = ['--clients', '20', '--requests', '100', '--hit-rate', '0.75'];
  const finished = await run('--target', server.url, ...load, '--json', '--quiet', ...small);
  assert.equal(finished.exitCode, 0, finished.stderr);
  const { cache, writes } = JSON.parse(finished.stdout) as RunResult;
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  const counted = (result: string): number =>
    [...metrics.matchAll(/^memobuild_cache_lookups_total\{([^}]*)\} (\d+)$/gm)]
      .filter(([, labels]) => labels!.includes('space="ac"') && labels!.includes(`"${result}"`))
      .reduce((sum, [, , value]) => sum + Number(value), 0);
  // Beside the operations, the server saw the rereads of stored writes, and the probe before the run.
  assert.equal(counted('hit') - writes.reread, cache.hits);
  assert.equal(counted('miss') - 1, cache.misses);
  assert.ok(Math.abs(cache.hit_rate_percent! - 75) < 5);
});

test('an output that cannot be written is found before the run', async (t) => {
  const dir = await tempDir(t);
  for (const output of [join(dir, 'no', 'r.json'), dir]) {
    const finished = await run('--output', output);
    assert.equal(finished.exitCode, 3);
    assert.match(finished.stderr, /^memobuild: cannot write /);
    // Not even the target was started.
    assert.doesNotMatch(finished.stderr, /starting/);
  }
  assert.deepEqual(await readdir(dir), []);
});

test('a target that is missing or not a cache ends with 3 and leaves no file', async (t) => {
  const dir = await tempDir(t);
  const finished = await run('--target', 'http://127.0.0.1:1', '--output', join(dir, 'r.json'));
  assert.equal(finished.exitCode, 3);
  assert.match(finished.stderr, /http:\/\/127.0.0.1:1\/? cannot be reached/);
  assert.deepEqual(await readdir(dir), []);
});

test('a secret of the environment reaches the target, and no output', async (t) => {
  const seen = new Set<string | undefined>();
  const target = createServer((request, response) => {
    seen.add(request.headers.authorization);
    request.resume().on('end', () => {
      response.statusCode = request.method === 'PUT' ? 200 : 404;
      response.end();
    });
  }).listen(0, '127.0.0.1');
  t.after(() => target.close());
  await once(target, 'listening');
  const url = `http://127.0.0.1:${(target.address() as AddressInfo).port}`;
  const output = join(await tempDir(t), 'r.json');
  const args = ['--target', url, '--bearer-env', 'CACHE_TOKEN', '--requests', '5'];
  const finished = await runMemobuild(['loadtest', ...args, '--output', output, ...small], {
    deadlineMs: 60_000,
    env: { CACHE_TOKEN: 'hunter2' },
  });
  // It stores nothing of what it acknowledges.
  assert.equal(finished.exitCode, 1, finished.stderr);
  assert.deepEqual([...seen], ['Bearer hunter2']);
  const text = finished.stdout + finished.stderr + (await readFile(output, 'utf8'));
  assert.doesNotMatch(text, /hunter2/);
});

test("criteria of one's own decide, and --strict makes INVESTIGATE end with 1", async (t) => {
  const criteria = join(await tempDir(t), 'criteria.yaml');
  const load = ['--clients', '2', '--requests', '50', '--quiet', '--criteria', criteria, ...small];
  await writeFile(criteria, 'p50_ms: { pass: 0.000001 }\nhit_rate_points_from_target: off\n');
  const investigate = await run(...load);
  assert.equal(investigate.exitCode, 0);
  assert.match(investigate.stdout, /^INVESTIGATE {2}100 operations.*\n {2}- P50 latency: /);
  assert.equal((await run(...load, '--strict')).exitCode, 1);
});
