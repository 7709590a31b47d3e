import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildRunResult } from '../../testing/build-run-result.ts';
import { type RunWindow, readRunWindows, windowsPerRunMax } from './run-windows.ts';
import { createFigures } from './window-figures.ts';

test('the figures of all windows together are those that the file holds', () => {
  const result = buildRunResult({ seed: 5, failedPerWindow: 3 });
  const windows = readRunWindows(result);
  const figures = createFigures(windows)(windows.map(() => 1));
  const { latency, cache } = result;
  assert.equal(figures.get('p50_latency'), latency.p50_ms);
  assert.equal(figures.get('p90_latency'), latency.p90_ms);
  assert.equal(figures.get('p95_latency'), latency.p95_ms);
  assert.equal(figures.get('p99_latency'), latency.p99_ms);
  assert.equal(figures.get('throughput'), result.throughput_ops_per_sec);
  assert.equal(figures.get('success_rate'), result.success_rate_percent);
  assert.equal(figures.get('hit_rate'), cache.hit_rate_percent);
  assert.ok(Math.abs(figures.get('avg_latency')! / latency.avg_ms! - 1) < 0.001);
});

test('the ramp-up is in no rate', () => {
  const result = { ...buildRunResult({ seed: 5, windows: 10 }), sending_ms: 7000 };
  const windows = readRunWindows({ ...result, sending_from_ms: 2500 });
  assert.deepEqual(
    windows.map(({ sendingMs }) => sendingMs),
    [0, 0, 500, 1000, 1000, 1000, 1000, 1000, 1000, 500],
  );
});

test('a window drawn twice counts twice', () => {
  const windows = readRunWindows(buildRunResult({ seed: 5, windows: 2 }));
  const figures = createFigures(windows)([2, 0]);
  assert.equal(figures.get('throughput'), windows[0]!.sendingSuccessful);
  const level = (us: number, count: number): RunWindow => ({
    ...windows[0]!,
    latencies: new Map([[us, count]]),
  });
  // Three of 100 µs and four of 900 µs: the median moves over when the first window is drawn twice.
  const medianOf = createFigures([level(100, 3), level(900, 4)]);
  assert.equal(medianOf([1, 1]).get('p50_latency'), 0.9);
  assert.equal(medianOf([2, 1]).get('p50_latency'), 0.1);
});

test('a long run has its windows joined, and nothing is lost', () => {
  const result = buildRunResult({ seed: 6, windows: 600, operationsPerWindow: 3 });
  const windows = readRunWindows(result);
  assert.ok(windows.length <= windowsPerRunMax && windows.length >= windowsPerRunMax / 2);
  assert.equal(
    windows.reduce((sum, { total }) => sum + total, 0),
    result.operations.total,
  );
});

test('windows after the last operation do not belong to the run', () => {
  const result = buildRunResult({ seed: 7, windows: 10 });
  const idle = result.windows.map((window) => ({
    ...window,
    start_ms: window.start_ms + result.duration_ms,
    end_ms: window.end_ms + result.duration_ms,
    operations: { total: 0, successful: 0, failed: 0 },
    hits: 0,
    misses: 0,
    histograms: {},
  }));
  const windows = readRunWindows({ ...result, windows: [...result.windows, ...idle] });
  const figures = createFigures(windows)(windows.map(() => 1));
  assert.equal(figures.get('throughput'), result.throughput_ops_per_sec);
});
