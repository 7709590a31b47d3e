import assert from 'node:assert/strict';
import test from 'node:test';
import type { LoadTestResult, RunResult } from '../../loadtest/internal.ts';
import { buildRunResult } from '../../testing/build-run-result.ts';
import { renderBencher, renderGitHubBenchmark } from './benchmark-formats.ts';
import { renderResultCsv } from './csv.ts';

const run = buildRunResult({ seed: 1, windows: 5, change: { name: 'light, "short"' } });
const voidRun: RunResult = {
  ...run,
  name: 'heavy',
  verdict: { ...run.verdict, verdict: 'VOID', reasons: ['steal'] },
};
const suite = {
  kind: 'suite',
  result: { scenarios: [run, voidRun], verdict: voidRun.verdict },
} as unknown as LoadTestResult;

test('CSV has one row per second, and cells that a spreadsheet reads back', () => {
  const csv = renderResultCsv({ kind: 'run', result: run });
  const lines = csv.split('\r\n');
  assert.equal(lines.length, run.time_series.length + 2);
  assert.match(lines[0]!, /^run,started,start_ms,end_ms,operations,/);
  assert.ok(lines[1]!.startsWith(`"light, ""short""",${run.timestamp},0,1000,`), lines[1]);
  const heads = lines[0]!.split(',').length;
  // The name holds one comma.
  for (const line of lines.slice(1, -1)) assert.equal(line.split(',').length, heads + 1);
  const total = run.time_series.reduce((sum, row) => sum + row.operations.total, 0);
  assert.equal(total, run.operations.total);
  assert.equal(lines[1]!.split(',')[5], String(run.time_series[0]!.operations.total));
});

test('CSV has what was not sent beside what failed', () => {
  const [first, ...rest] = run.time_series;
  const time_series = [{ ...first!, not_sent: 3 }, ...rest];
  const csv = renderResultCsv({ kind: 'run', result: { ...run, time_series } });
  const [heads, ...rows] = csv.split('\r\n').map((line) => line.split(','));
  const column = heads!.indexOf('not_sent');
  // The name holds one comma.
  assert.deepEqual([rows[0]![column + 1], rows[1]![column + 1]], ['3', '0']);
});

test('github-action-benchmark gets each direction by itself, and no VOID run', () => {
  const bigger = JSON.parse(renderGitHubBenchmark(suite, 'higher'));
  const smaller = JSON.parse(renderGitHubBenchmark(suite, 'lower'));
  const names = (entries: { name: string }[]): string[] => entries.map(({ name }) => name);
  const lead = 'memobuild light, "short": ';
  assert.deepEqual(names(bigger), [`${lead}throughput`, `${lead}cache hit rate`]);
  assert.deepEqual(
    names(smaller),
    ['P50 latency', 'P95 latency', 'P99 latency', 'error rate'].map((label) => lead + label),
  );
  assert.equal(smaller[1].value, run.latency.p95_ms);
  assert.equal(smaller[1].unit, 'ms');
});

test('Bencher gets a benchmark per run and a measure per figure', () => {
  const benchmarks = JSON.parse(renderBencher(suite));
  assert.deepEqual(Object.keys(benchmarks), ['memobuild light, "short"']);
  const measures = benchmarks['memobuild light, "short"'];
  assert.deepEqual(measures.throughput, { value: run.throughput_ops_per_sec });
  assert.deepEqual(measures['p99-latency'], { value: run.latency.p99_ms });
});
