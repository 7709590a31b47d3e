import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildRunResult } from '../../testing/build-run-result.ts';
import { pointOf, pointsOf } from './points.ts';
import { runColumns } from './state.ts';

test('a run that has ended is drawn from its result, row by row', () => {
  const run = buildRunResult({ seed: 1, windows: 5 });
  const points = pointsOf(run);
  assert.equal(points.length, run.time_series.length);
  for (const [index, point] of points.entries()) {
    assert.equal(point.length, runColumns.length);
    const row = run.time_series[index]!;
    assert.equal(point[1], row.throughput_ops_per_sec);
    assert.equal(point[8], (100 * row.hits) / (row.hits + row.misses));
  }
});

test("what the generator's own machine could not send is not drawn as failed", () => {
  const run = buildRunResult({ seed: 1, windows: 5 });
  const [first] = run.time_series;
  const operations = { total: 10, successful: 6, failed: 4 };
  const row = { ...first!, start_ms: 0, end_ms: 1000, operations, not_sent: 3 };
  assert.equal(pointsOf({ ...run, time_series: [row] })[0]![4], 1);
});

test('what is left of a second at the end is not drawn', () => {
  const run = buildRunResult({ seed: 1, windows: 5 });
  const last = run.time_series.at(-1)!;
  const stub = { ...last, start_ms: last.end_ms, end_ms: last.end_ms + 100 };
  const points = pointsOf({ ...run, time_series: [...run.time_series, stub] });
  assert.equal(points.at(-1)![0], last.end_ms);
});

test('a row of a running test has rates over its own length', () => {
  const point = pointOf({
    startMs: 1000,
    endMs: 3000,
    operations: 100,
    successful: 80,
    hits: 60,
    misses: 20,
    failed: 20,
    p50Ms: undefined,
    p95Ms: 2,
    p99Ms: 3,
    serverMemoryBytes: undefined,
    serverCpuCores: 0.5,
    generatorCpuCores: 0.25,
  });
  assert.deepEqual(point, [3000, 40, 30, 10, 10, null, 2, 3, 75, null, 0.5, 0.25]);
});
