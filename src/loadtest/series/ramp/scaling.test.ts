import assert from 'node:assert/strict';
import test from 'node:test';
import { buildRunResult } from '../../../testing/build-run-result.ts';
import type { RunResult } from '../../result/model/run.ts';
import { scalingOf } from './scaling.ts';

function runsOf(throughputs: Readonly<Record<number, number>>, change: Partial<RunResult> = {}) {
  return Object.entries(throughputs).map(([clients, opsPerSec]) =>
    buildRunResult({
      seed: Number(clients),
      windows: 2,
      config: { numClients: Number(clients) },
      change: { throughput_ops_per_sec: opsPerSec, ...change },
    }),
  );
}

/** Gunther's law with γ 1000, σ 0.05, κ 0.001: its peak is at √(0.95 / 0.001) = 30.8 clients. */
const law = (n: number): number => (1000 * n) / (1 + 0.05 * (n - 1) + 0.001 * n * (n - 1));
const along = (...clients: number[]) =>
  Object.fromEntries(clients.map((count) => [count, law(count)]));

test('clients that follow the law are given it back, with their share of linear growth', () => {
  const {
    law: fitted,
    law_quality: quality,
    points,
  } = scalingOf(runsOf(along(1, 5, 10, 20, 50, 100)));
  assert.equal(quality, 'good');
  assert.ok(Math.abs((fitted?.sigma ?? 0) - 0.05) < 1e-6);
  assert.ok(Math.abs((fitted?.kappa ?? 0) - 0.001) < 1e-6);
  assert.ok(Math.abs((fitted?.peak_clients ?? 0) - 30.82) < 0.01);
  assert.equal(points[0]?.efficiency_percent, 100);
  assert.ok(Math.abs((points[2]?.efficiency_percent ?? 0) - law(10) / 100) < 1e-6);
});

test('too few clients, or none that the law describes, make it worthless', () => {
  const few = scalingOf(runsOf(along(1, 5, 10)));
  assert.deepEqual([few.law, few.law_quality], [null, 'worthless']);
  assert.match(few.law_doubts[0] ?? '', /needs 5 client counts/);
  const wild = scalingOf(runsOf({ 1: 900, 5: 100, 10: 1200, 20: 50, 50: 1000 }));
  assert.equal(wild.law_quality, 'worthless');
  assert.match(wild.law_doubts[0] ?? '', /explains \d+ % of the variance/);
});

test('a peak that was not run into is not shown, and its intervals are shown beside the coefficients', () => {
  const { law: fitted } = scalingOf(runsOf(along(1, 2, 3, 4, 5)));
  assert.deepEqual([fitted?.peak_clients, fitted?.peak_interval], [null, null]);
  assert.equal(fitted?.sigma_interval?.length, 2);
});

test('a busy generator makes it doubtful', () => {
  const busy = runsOf(along(1, 5, 10, 20, 50)).map((run, index) => ({
    ...run,
    generator: {
      ...run.generator,
      checks:
        index < 3
          ? []
          : [{ name: 'cpu' as const, status: 'note' as const, text: 'all that it could' }],
    },
  }));
  const scaling = scalingOf(busy);
  assert.equal(scaling.law_quality, 'doubtful');
  assert.match(scaling.law_doubts[0] ?? '', /at 20, 50 clients/);
});
