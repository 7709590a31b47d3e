import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { type RunResult, resolveConfig } from '../../loadtest/internal.ts';
import { buildMeasurement, type MeasurementPlan } from '../../testing/build-measurement.ts';
import { judgedResult } from '../../testing/build-run-result.ts';
import { tempDir } from '../../testing/temp-dir.ts';
import { placeholder } from './chart.ts';
import { chartGroupsOf } from './charts-of.ts';
import { htmlReport } from './html-report.ts';
import { chartIdsOf, writePlots } from './write-plots.ts';

const environment = {
  memobuild_version: '0.2.0',
  node_version: '20.20.2',
  platform: 'linux',
  arch: 'x64',
  os_release: '6',
  cpu_model: 'a <model> & "more"',
  cpu_count: 2,
  memory_bytes: 2 ** 34,
  commit: null,
  ci: false,
};

function runOf(plan: MeasurementPlan = {}, numClients = 10, name?: string): RunResult {
  const config = resolveConfig({ numClients, name, cacheHitRatioTarget: 0.75 });
  return judgedResult(buildMeasurement(plan), config, environment);
}

const named = (run: RunResult, file = 'r.json') => ({
  file,
  read: { kind: 'run' as const, result: run },
});

test('draws a run, a pair with its baseline, and several runs across their clients', () => {
  const one = chartIdsOf(chartGroupsOf([named(runOf())]));
  assert.deepEqual(one.slice(0, 3), ['throughput', 'latency-over-time', 'latency-distribution']);
  const pair = chartGroupsOf([named(runOf()), named(runOf())]);
  assert.equal(pair.length, 1);
  const series = JSON.stringify(pair[0]?.charts[0]?.option);
  assert.match(series, /successful, baseline/);
  const many = [1, 2, 4, 8, 16].map((clients) => named(runOf({}, clients, `ramp ${clients}`)));
  assert.deepEqual(chartIdsOf(chartGroupsOf(many)).slice(0, 2), [
    'suite-throughput-by-clients',
    'suite-latency-by-clients',
  ]);
});

test('fits a law to runs that differ in their clients alone, and to no others', () => {
  const scaled = (clients: number, hitRate: number): RunResult => {
    const run = runOf({}, clients);
    const throughput =
      (1000 * clients) / (1 + 0.05 * (clients - 1) + 0.001 * clients * (clients - 1));
    const config = { ...run.config, cache_hit_ratio_target: hitRate };
    return { ...run, throughput_ops_per_sec: throughput, config };
  };
  const clients = [1, 2, 4, 8, 16, 32, 64];
  const [same] = chartGroupsOf(clients.map((count) => named(scaled(count, 0.75))));
  assert.match(
    same?.charts[0]?.description ?? '',
    /contention 0\.050, coherency 0\.0010, R² 1\.000/,
  );
  const [mixed] = chartGroupsOf(clients.map((count) => named(scaled(count, count / 100))));
  assert.match(mixed?.charts[0]?.description ?? '', /No law is fitted/);
});

test('the page holds verdict, charts and figures, and fetches nothing', async () => {
  const page = await htmlReport(chartGroupsOf([named(runOf({ failures: { timeout: 40 } }))]));
  assert.ok(page.indexOf('class="verdict') < page.indexOf('<figure'), 'the verdict comes first');
  assert.match(page, /<strong>(PASS|INVESTIGATE|FAIL)<\/strong>/);
  assert.match(page, /<th scope="row">timeout<\/th><td>40<\/td>/);
  assert.match(page, /a &lt;model&gt; &amp; &quot;more&quot;/);
  assert.match(page, /prefers-color-scheme:dark/);
  const outside = [...page.matchAll(/(?:src|href|url)\s*[=(]\s*["']?(?!#)([^"')\s>]+)/g)].map(
    (m) => m[1],
  );
  assert.deepEqual(
    outside.filter((address) => !address?.startsWith('#')),
    [],
  );
  assert.doesNotMatch(page, /<script/);
  for (const mark of Object.values(placeholder)) assert.ok(!page.includes(mark), mark);
  const drawings = page.match(/<svg role="img" aria-label="[^"]{20,}/g) ?? [];
  assert.equal(drawings.length, 2 * (page.match(/<figure/g) ?? []).length);
});

test('writes a directory of pictures, and single files by their ending', async (t) => {
  const dir = await tempDir(t);
  const groups = chartGroupsOf([named(runOf())]);
  const written = await writePlots(groups, join(dir, 'all'));
  assert.deepEqual((await readdir(join(dir, 'all'))).length, written.length);
  for (const file of written) {
    const bytes = await readFile(file);
    if (file.endsWith('.png')) assert.equal(bytes.toString('latin1', 1, 4), 'PNG');
    if (file.endsWith('.svg')) assert.match(bytes.toString(), /^<svg role="img"/);
  }
  await writePlots(groups, join(dir, 'one.svg'), 'latency-over-time');
  assert.match(await readFile(join(dir, 'one.svg'), 'utf8'), /aria-label="Latency over time/);
});

test('draws runs without a success, without server figures, and of a single window', async () => {
  const runs = [
    runOf({ hits: 0, misses: 0, failures: { refused: 500 }, latenciesMs: {} }),
    runOf({
      memoryBytes: () => undefined,
      change: { server: { software: undefined, samples: [] } },
    }),
    runOf({ durationMs: 400, windowMs: 1000 }),
  ];
  for (const run of runs) {
    const page = await htmlReport(chartGroupsOf([named(run)]));
    assert.doesNotMatch(page, /NaN|undefined|Infinity/);
  }
});

test('what has nothing to show is left out, rather than drawn empty', () => {
  const ids = (run: RunResult): string[] => chartIdsOf(chartGroupsOf([named(run)]));
  const refused = runOf({ hits: 0, misses: 0, failures: { refused: 500 }, latenciesMs: {} });
  assert.deepEqual(ids(refused), ['throughput', 'resources']);
  assert.deepEqual(ids({ ...refused, time_series: [], windows: [] }), []);
});

test('the stub of a second at the end of a run is left out, and the caption says so', () => {
  const run = runOf();
  const last = run.time_series.at(-1)!;
  const stub = { ...last, start_ms: last.end_ms, end_ms: last.end_ms + 40, p95_ms: 900 };
  const drawn = (series: RunResult['time_series']): { text: string; ends: number } => {
    const [group] = chartGroupsOf([named({ ...run, time_series: series })]);
    const chart = group!.charts[1]!;
    const [, line] = chart.option.series as unknown as { data: [number, number][] }[];
    return { text: chart.description, ends: line!.data.at(-1)![1] };
  };
  const whole = drawn(run.time_series);
  const cut = drawn([...run.time_series, stub]);
  assert.equal(cut.ends, whole.ends);
  assert.match(cut.text, /The last 40\.0 ms, in which the last operations ended, are not drawn/);
  assert.doesNotMatch(whole.text, /not drawn/);
});

test('an hour of seconds is drawn in a few hundred points, and says so', async () => {
  const hour = runOf({ durationMs: 3_600_000, windowMs: 1000 });
  const [group] = chartGroupsOf([named(hour)]);
  assert.match(group?.charts[0]?.description ?? '', /Each point merges 9 rows/);
  const page = await htmlReport(chartGroupsOf([named(hour)]));
  assert.ok(page.length < 3e6, `${page.length} characters`);
});
