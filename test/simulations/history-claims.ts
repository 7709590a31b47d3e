import type { LabelledRun } from '../../src/loadtest/comparison/comparability.ts';
import { analyseHistory } from '../../src/loadtest/comparison/history.ts';
import { firstOrderSeries } from '../../src/loadtest/statistics/first-order-series.ts';
import type { Random } from '../../src/loadtest/statistics/random.ts';
import { buildRunResult } from '../../src/testing/build-run-result.ts';
import { atLeast, atMost, type Claim } from './claim.ts';

const template = buildRunResult({ seed: 1, windows: 2, operationsPerWindow: 50 });

/** Runs a day apart, whose figures scatter by 15 %, each metric on its own. */
function historyOf(
  random: Random,
  length: number,
  correlation: number,
  slownessAt: (run: number) => number = () => 0,
): LabelledRun[] {
  const series = (): number[] => firstOrderSeries(random, length, correlation);
  const levels = Array.from({ length: 7 }, series);
  return Array.from({ length }, (_, run) => {
    const factor = (metric: number): number =>
      Math.exp(0.15 * levels[metric]![run]! + slownessAt(run));
    const { latency } = template;
    const result = {
      ...template,
      timestamp: new Date(Date.UTC(2026, 0, 1 + run)).toISOString(),
      throughput_ops_per_sec: template.throughput_ops_per_sec! / factor(0),
      latency: {
        ...latency,
        avg_ms: latency.avg_ms! * factor(1),
        p50_ms: latency.p50_ms! * factor(2),
        p90_ms: latency.p90_ms! * factor(3),
        p95_ms: latency.p95_ms! * factor(4),
        p99_ms: latency.p99_ms! * factor(5),
      },
      server: { ...template.server, cpu_us_per_operation: 500 * factor(6) },
    };
    return { label: `${run}`, result };
  });
}

/** Whether adding the runs from `first` on, one after the other, ever alarms. */
function alarms(runs: readonly LabelledRun[], first: number): boolean {
  for (let run = first; run < runs.length; run += 1) {
    const added = new Set([runs[run]!.label]);
    const [series] = analyseHistory(runs.slice(0, run + 1), added);
    if (series!.changes.some(({ isNew, verdict }) => isNew && verdict === 'worse')) return true;
  }
  return false;
}

/** What a history of runs alarms of. */
export const historyClaims: readonly Claim[] = [
  ...[0, 0.3].map(
    (correlation): Claim => ({
      what: `60 runs added to 20, correlation ${correlation}, nothing changes: any metric alarms`,
      wanted: atMost(0.1),
      rounds: 400,
      roundsInTest: 12,
      play: (random) => alarms(historyOf(random, 80, correlation), 20),
    }),
  ),
  {
    what: 'a step of four standard deviations, 4 runs old in 40: the alarm has come',
    wanted: atLeast(0.9),
    rounds: 400,
    roundsInTest: 25,
    play: (random) =>
      alarms(
        historyOf(random, 40, 0.3, (run) => (run < 36 ? 0 : 0.6)),
        37,
      ),
  },
];
