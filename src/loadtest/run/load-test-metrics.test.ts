import assert from 'node:assert/strict';
import test from 'node:test';
import { buildRunResult } from '../../testing/build-run-result.ts';
import { metricsOf } from './load-test-metrics.ts';

test('percentages become fractions, and the rest stays as it is', () => {
  const result = {
    ...buildRunResult({ seed: 1, windows: 2 }),
    success_rate_percent: 98,
    error_rate_percent: 2,
    throughput_ops_per_sec: 1234,
  };
  const metrics = metricsOf(result);
  assert.deepEqual(
    [metrics.successRate, metrics.errorRate, metrics.throughputOpsPerSec],
    [0.98, 0.02, 1234],
  );
  assert.equal(metrics.cacheHitRate, result.cache.hit_rate_percent! / 100);
  assert.equal(metrics.p99LatencyMs, result.latency.p99_ms);
  assert.equal(metrics.verdict, result.verdict.verdict);
  assert.equal(metrics.result, result);
});

test('what was not measured is NaN, and a run without a name has none', () => {
  const result = buildRunResult({ seed: 1, windows: 2 });
  const metrics = metricsOf({
    ...result,
    name: null,
    success_rate_percent: null,
    latency: { ...result.latency, p95_ms: null },
  });
  assert.equal(metrics.name, undefined);
  assert.ok(Number.isNaN(metrics.successRate));
  assert.ok(Number.isNaN(metrics.p95LatencyMs));
});
