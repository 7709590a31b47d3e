import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildRunWindow } from '../../testing/build-run-window.ts';
import { standardNormal } from '../statistics/detectable-change.ts';
import { median } from '../statistics/median.ts';
import { createRandom, type Random } from '../statistics/random.ts';
import { compareRunWindows } from './compare-run-windows.ts';
import type { ComparedMetricName } from './compared-metrics.ts';
import { priorScatter, type RunScatter } from './run-scatter.ts';
import type { RunWindow } from './run-windows.ts';

const alpha = 0.05 / 4;
const names = ['throughput', 'p50_latency', 'p95_latency', 'p99_latency'] as const;

/** Runs that differ by their windows alone. */
const noScatter: RunScatter = { ...priorScatter, deviationOf: () => 0 };

/** Windows whose level follows a first-order process: neighbours resemble each other by `phi`. */
function makeRun(random: Random, count: number, phi: number, slowness: number): RunWindow[] {
  const scatter = 0.1;
  let level = scatter * standardNormal(random);
  return Array.from({ length: count }, () => {
    level = phi * level + scatter * Math.sqrt(1 - phi ** 2) * standardNormal(random);
    const factor = Math.exp(level) * slowness;
    const latencies = new Map<number, number>();
    for (let operation = 0; operation < 40; operation += 1) {
      const us = Math.round(400 * factor * Math.exp(0.3 * standardNormal(random)));
      latencies.set(us, (latencies.get(us) ?? 0) + 1);
    }
    const done = Math.round(1000 / factor);
    return buildRunWindow(done, latencies, { hits: 3 * done, misses: done });
  });
}

interface Tally {
  covered: number;
  alarms: number;
  readonly detectable: number[];
}

for (const { count, phi, coverageMin } of [
  { count: 30, phi: 0, coverageMin: 0.9 },
  { count: 30, phi: 0.5, coverageMin: 0.83 },
]) {
  test(`${count} windows, autocorrelation ${phi}: intervals cover no change, and the minimum detectable change is found`, () => {
    const random = createRandom(6, count + 100 * phi);
    const tallies = new Map<ComparedMetricName, Tally>(
      names.map((name) => [name, { covered: 0, alarms: 0, detectable: [] }]),
    );
    const rounds = 50;
    const compare = (slowness: number): ReturnType<typeof compareRunWindows> =>
      compareRunWindows(
        [makeRun(random, count, phi, 1)],
        [makeRun(random, count, phi, slowness)],
        () => alpha,
        noScatter,
      );
    for (let round = 0; round < rounds; round += 1) {
      const evidence = compare(1);
      for (const [name, tally] of tallies) {
        const { low, high, pValue, detectable } = evidence.get(name)!;
        if (low <= 0 && high >= 0) tally.covered += 1;
        if (pValue < alpha) tally.alarms += 1;
        tally.detectable.push(detectable);
      }
    }
    for (const [name, { covered, alarms }] of tallies) {
      assert.ok(covered / rounds >= coverageMin, `${name}: ${covered} of ${rounds} cover 0`);
      assert.ok(alarms / rounds <= 0.07, `${name}: ${alarms} alarms of ${rounds}`);
    }
    const shift = median(tallies.get('p95_latency')!.detectable);
    let found = 0;
    for (let round = 0; round < 30; round += 1) {
      if (compare(Math.exp(shift)).get('p95_latency')!.pValue < alpha) found += 1;
    }
    assert.ok(found >= 18, `a detectable change was found in ${found} of 30`);
  });
}

test('percentiles are those of all latencies together, never means of windows', () => {
  const window = (us: number, count: number): RunWindow =>
    buildRunWindow(count, new Map([[us, count]]));
  // 980 of 1,000 take 1 ms, the rest 100 ms: P50 and P95 are 1 ms. Windows' own P95 average 50 ms.
  const run = [window(1000, 980), window(1999, 20)];
  const found = compareRunWindows([run], [run], () => alpha, noScatter);
  assert.equal(found.get('p95_latency')?.base, 1);
  assert.equal(found.get('p99_latency')?.base, 1.999);
});
