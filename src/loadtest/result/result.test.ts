import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { build, type Histogram } from 'hdr-histogram-js';
import { buildMeasurement, type MeasurementPlan } from '../../testing/build-measurement.ts';
import { judgedResult } from '../../testing/build-run-result.ts';
import type { LoadTestConfig } from '../config/config.ts';
import { resolveConfig } from '../config/resolve-config.ts';
import { assembleSuite } from './assemble-suite.ts';
import { readEnvironment } from './environment.ts';
import { decodeHistogram } from './latency-result.ts';
import type { RunResult } from './model/run.ts';
import {
  checkResultWritable,
  ResultFileError,
  type ResultFileProblem,
  readResultFile,
  writeResultFile,
} from './result-file.ts';

const environment = await readEnvironment();

function resultOf(plan: MeasurementPlan = {}, given: LoadTestConfig = {}): RunResult {
  const config = resolveConfig(given);
  return judgedResult(buildMeasurement(plan), config, environment);
}

async function tempDir(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'result-'));
  t.after(() => rm(dir, { recursive: true }));
  return dir;
}

test('the published names are at their published places', () => {
  const result = JSON.parse(JSON.stringify(resultOf())) as Record<string, unknown>;
  const guide = {
    timestamp: '2026-02-21T10:00:00.000Z',
    operations: { total: 6000, successful: 6000, failed: 0 },
    throughput_ops_per_sec: 100,
    latency: { min_ms: 2, avg_ms: 2.75, p50_ms: 2, p95_ms: 5, p99_ms: 5, max_ms: 5 },
    cache: { hits: 4500, misses: 1500, hit_rate_percent: 75 },
  };
  assert.equal(result.timestamp, guide.timestamp);
  assert.deepEqual(result.operations, guide.operations);
  assert.equal(result.throughput_ops_per_sec, guide.throughput_ops_per_sec);
  for (const part of ['latency', 'cache'] as const) {
    const values = result[part] as Record<string, number>;
    for (const [key, expected] of Object.entries(guide[part])) {
      const difference = Math.abs(values[key]! - expected);
      assert.ok(difference <= expected * 0.002, `${part}.${key}: ${values[key]}`);
    }
  }
});

test('every later figure is a merge of the windows', () => {
  const latencies = Array.from({ length: 6000 }, (_, index) => 1 + ((index * 7919) % 1000) / 10);
  const result = resultOf({ latenciesMs: { hit: latencies } });
  const merged: Histogram = build({ autoResize: true });
  for (const { histograms } of result.windows) {
    if (histograms.hit !== undefined) merged.add(decodeHistogram(histograms.hit));
  }
  assert.equal(merged.totalCount, 6000);
  for (const [percentile, key] of [
    [50, 'p50_ms'],
    [95, 'p95_ms'],
    [99, 'p99_ms'],
    [99.9, 'p999_ms'],
  ] as const) {
    assert.equal(merged.getValueAtPercentile(percentile) / 1000, result.latency[key]);
  }
  const sum = (pick: (window: RunResult['windows'][number]) => number): number =>
    result.windows.reduce((total, window) => total + pick(window), 0);
  assert.equal(
    sum(({ operations }) => operations.total),
    result.operations.total,
  );
  assert.equal(
    sum(({ hits }) => hits),
    result.cache.hits,
  );
});

test('there is one row per second, with short windows too', () => {
  const rows = resultOf({ durationMs: 6000, windowMs: 200 }).time_series;
  assert.equal(rows.length, 6);
  assert.deepEqual(
    rows.map((row) => [row.start_ms, row.end_ms, row.operations.total]),
    [0, 1, 2, 3, 4, 5].map((second) => [1000 * second, 1000 * (second + 1), 1000]),
  );
  assert.equal(resultOf({ durationMs: 60_000, windowMs: 5000 }).time_series.length, 12);
  assert.equal(rows[2]?.server_memory_bytes, 90e6);
  assert.ok(Math.abs(rows[2]!.server_cpu_cores! - 0.3) < 1e-9);
});

test('no secret of the configuration reaches the result', () => {
  const result = resultOf(
    {},
    {
      target: 'https://user:hunter2@cache.example/x',
      headers: { 'x-api-key': 'hunter3' },
      tls: { ca: 'hunter4', cert: 'hunter5', key: 'hunter6' },
    },
  );
  const text = JSON.stringify(result);
  assert.doesNotMatch(text, /hunter|x-api-key|user/);
  assert.equal(result.config.target, 'https://cache.example/x');
});

test('what was not measured is null, never NaN or a guess', () => {
  const { generator } = buildMeasurement();
  const result = resultOf({
    hits: 0,
    misses: 0,
    durationMs: 0,
    latenciesMs: {},
    change: { generator: { ...generator, cpuUsPerOperation: Number.NaN } },
  });
  assert.equal(result.generator.cpu_us_per_operation, null);
  assert.equal(result.success_rate_percent, null);
  assert.equal(result.latency.p99_ms, null);
  assert.equal(result.latency.histogram, null);
  assert.equal(result.cache.hit_rate_percent, null);
});

test("a check that earlier builds wrote as 'spoilt' is read as void", async (t) => {
  const { generator } = buildMeasurement();
  const path = join(await tempDir(t), 'r.json');
  const dead = { worker: 0, reason: 'gone', atMs: 1 };
  await writeResultFile(
    path,
    resultOf({
      change: { stopReason: 'workers_lost', generator: { ...generator, lostWorkers: [dead] } },
    }),
  );
  const written = await readFile(path, 'utf8');
  assert.match(written, /"status": ?"void"/);
  await writeFile(path, written.replaceAll(/(?<="status": ?)"void"/g, '"spoilt"'));
  const read = await readResultFile(path);
  assert.ok(read.kind === 'run');
  assert.equal(read.result.generator.checks.find(({ name }) => name === 'workers')?.status, 'void');
});

test('a written result is read back as it was, a run and a suite', async (t) => {
  const path = join(await tempDir(t), 'r.json');
  const result = resultOf({ failures: { http_5xx: 3 } }, { name: 'light' });
  await writeResultFile(path, result);
  assert.deepEqual(await readResultFile(path), { kind: 'run', result });
  const suite = assembleSuite([result, result], new Date());
  await writeResultFile(path, suite);
  assert.deepEqual(await readResultFile(path), { kind: 'suite', result: suite });
});

/** What version 1 wrote: judged latency without failures, throughput of all that ended, over all time. */
function asVersion1(result: RunResult): Record<string, unknown> {
  const { sending_ms, longest_silence_ms, ...run } = result;
  const { corrected, successful, ...latency } = result.latency;
  const windows = result.windows.map(({ sending_successful, ...window }) => window);
  const misleading = { throughput_ops_per_sec: 1, latency: { ...latency, ...successful } };
  return { ...run, ...misleading, windows, schema_version: 1 };
}

test('a file of version 1 is read by the rules of today, alone and in a suite, and says so', async (t) => {
  const path = join(await tempDir(t), 'r.json');
  const result = resultOf({
    durationMs: 60_000,
    failures: { http_5xx: 300 },
    latenciesMs: { hit: new Array<number>(4500).fill(2), failed: new Array<number>(300).fill(900) },
  });
  assert.ok(result.latency.p99_ms! > 800 && result.latency.successful.p99_ms! < 3);
  const check = (read: RunResult): void => {
    const { notes, upgraded_from_version: from, ...rest } = read;
    assert.equal(from, 1);
    assert.match(notes.join(), /written with schema version 1/);
    // Encoded histograms keep a value's bucket.
    const { histogram, max_ms } = read.latency;
    assert.ok(Math.abs(max_ms! / result.latency.max_ms! - 1) < 0.001);
    const latency = { ...result.latency, corrected: null, histogram, max_ms };
    const expected = { ...result, latency, longest_silence_ms: null };
    assert.deepEqual({ ...rest, notes: result.notes }, expected);
  };
  await writeFile(path, JSON.stringify(asVersion1(result)));
  const loaded = await readResultFile(path);
  assert.equal(loaded.kind, 'run');
  if (loaded.kind === 'run') check(loaded.result);
  const suite = assembleSuite([result], new Date());
  const scenarios = [asVersion1(result)];
  await writeFile(path, JSON.stringify({ ...suite, scenarios, schema_version: 1 }));
  const series = await readResultFile(path);
  assert.equal(series.kind, 'suite');
  if (series.kind === 'suite') check(series.result.scenarios[0]!);
});

test('a suite names its scenarios and why it is not PASS', () => {
  const suite = assembleSuite(
    [resultOf({}, { name: 'light' }), resultOf({ failures: { lost: 1 } }, { name: 'heavy' })],
    new Date(),
  );
  assert.deepEqual(
    suite.scenarios.map(({ name }) => name),
    ['light', 'heavy'],
  );
  assert.equal(suite.verdict.verdict, 'FAIL');
  assert.match(suite.verdict.reasons.join(), /^heavy: FAIL: wrong bytes, lost writes: 1/);
});

const damaged: readonly [string, (text: string) => string, RegExp, ResultFileProblem][] = [
  ['cut off', (text) => text.slice(0, 2000), /is truncated/, 'cut_off'],
  ['empty', () => ' \n', /is empty/, 'empty'],
  ['no JSON', () => 'hello', /is not JSON/, 'not_json'],
  ['some other JSON', () => '{"a": 1}', /no schema_version/, 'not_a_result'],
  ['a list', () => '[]', /no schema_version/, 'not_a_result'],
  ['null', () => 'null', /no schema_version/, 'not_a_result'],
  [
    'a newer version',
    (text) => text.replace('"schema_version": 2', '"schema_version": 3'),
    /schema_version 3, this memobuild reads 1 and 2/,
    'other_version',
  ],
  [
    'edited',
    (text) => text.replace('"total": 6000', '"total": "many"'),
    /operations.total/,
    'damaged',
  ],
  [
    'a metric that there is not',
    (text) => text.replace('"metric":"p95_ms"', '"metric":"p94_ms"'),
    /verdict\.rows\.\d+\.metric/,
    'damaged',
  ],
];
for (const [name, damage, message, problem] of damaged) {
  test(`refused with a clear word: ${name}`, async (t) => {
    const path = join(await tempDir(t), 'r.json');
    await writeResultFile(path, resultOf());
    await writeFile(path, damage(await readFile(path, 'utf8')));
    await assert.rejects(readResultFile(path), (error) => {
      assert.ok(error instanceof ResultFileError);
      assert.match(error.message, message);
      assert.equal(error.problem, problem);
      assert.ok(error.message.includes(path));
      return true;
    });
  });
}

test('a file that cannot be read or written says why', async (t) => {
  const dir = await tempDir(t);
  await assert.rejects(readResultFile(join(dir, 'none.json')), {
    problem: 'unreadable',
    message: /no such file/,
  });
  await assert.rejects(readResultFile(dir), /it is a directory/);
  await assert.rejects(checkResultWritable(dir), {
    problem: 'unwritable',
    message: /it is a directory/,
  });
  await assert.rejects(checkResultWritable(join(dir, 'no', 'r.json')), /directory does not exist/);
  await writeFile(join(dir, 'plain'), '');
  await assert.rejects(checkResultWritable(join(dir, 'plain', 'r.json')), /not a directory/);
});

test('the check leaves nothing behind and keeps what is there', async (t) => {
  const dir = await tempDir(t);
  await checkResultWritable(join(dir, 'new.json'));
  assert.deepEqual(await readdir(dir), []);
  await writeFile(join(dir, 'old.json'), 'old');
  await checkResultWritable(join(dir, 'old.json'));
  assert.deepEqual(await readdir(dir), ['old.json']);
  assert.equal(await readFile(join(dir, 'old.json'), 'utf8'), 'old');
});

test('writing replaces a file whole, behind a link too, and a device is written to', async (t) => {
  const dir = await tempDir(t);
  await writeFile(join(dir, 'real.json'), 'old');
  await symlink('real.json', join(dir, 'link.json'));
  await writeResultFile(join(dir, 'link.json'), resultOf());
  assert.equal((await readResultFile(join(dir, 'real.json'))).kind, 'run');
  assert.deepEqual((await readdir(dir)).sort(), ['link.json', 'real.json']);
  await checkResultWritable('/dev/null');
  await writeResultFile('/dev/null', resultOf());
});
