import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Progress, resolveConfig } from '../../loadtest/internal.ts';
import { RunFeed } from './feed.ts';

test("what the generator's own machine could not send is not a failure on the page", () => {
  const config = resolveConfig({});
  const feed = new RunFeed({
    title: '',
    configs: [config],
    criteria: undefined,
    hasPastRuns: false,
  });
  feed.begin(config, 0);
  feed.update(progress);
  const [scenario] = feed.snapshot().scenarios;
  assert.deepEqual([scenario?.live?.failed, scenario?.live?.failures.generator], [2, 8]);
  const measured = scenario?.rows.map(({ label, measured: text }) => `${label}: ${text}`) ?? [];
  assert.deepEqual(
    measured.filter((row) => /(success|error) rate|throughput/.test(row)),
    ['success rate: 98 %', 'error rate: 2 %', 'throughput: 300 ops/s'],
  );
});

const progress: Progress = {
  phase: 'running',
  elapsedMs: 1000,
  expectedMs: 60_000,
  share: 0.1,
  operations: 108,
  successful: 98,
  failed: 10,
  hits: 70,
  misses: 28,
  failures: { timeout: 2, generator: 8 },
  opsPerSec: 98,
  throughputOpsPerSec: 300,
  p50Ms: 1,
  p95Ms: 4,
  p99Ms: 12,
  inFlight: 20,
  serverMemoryBytes: undefined,
};
