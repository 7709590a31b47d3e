import type { LabelledRun } from '../../src/loadtest/comparison/comparability.ts';
import { compareRunWindows } from '../../src/loadtest/comparison/compare-run-windows.ts';
import { compareRuns } from '../../src/loadtest/comparison/compare-runs.ts';
import { defaultThresholds } from '../../src/loadtest/comparison/compared-metrics.ts';
import { familyAlpha } from '../../src/loadtest/comparison/evidence.ts';
import {
  type ComparisonRow,
  judgeComparison,
} from '../../src/loadtest/comparison/judge-comparison.ts';
import { priorScatter } from '../../src/loadtest/comparison/run-scatter.ts';
import type { RunWindow } from '../../src/loadtest/comparison/run-windows.ts';
import { standardNormal } from '../../src/loadtest/statistics/detectable-change.ts';
import { firstOrderSeries } from '../../src/loadtest/statistics/first-order-series.ts';
import type { Random } from '../../src/loadtest/statistics/random.ts';
import { buildRunResult } from '../../src/testing/build-run-result.ts';
import { buildRunWindow } from '../../src/testing/build-run-window.ts';
import { atLeast, atMost, type Claim } from './claim.ts';

/** How runs of a simulated comparison are made, and what new is. */
interface Plan {
  readonly mode: 'one file' | 'two files' | 'three files' | 'six files' | 'six pairs';
  /** Standard deviation from run to run. */
  readonly scatter: number;
  /** P99's, where it is another one. */
  readonly tailScatter?: number;
  /** What new's throughput is of base's. */
  readonly speed: number;
  /** Scatter that both runs of a pair share. */
  readonly hour?: number;
}

const counts = { 'two files': 2, 'three files': 3, 'six files': 6, 'six pairs': 6 } as const;

const template = buildRunResult({ seed: 1, windows: 2, operationsPerWindow: 50 });

/** A run whose figures lie `level` (a logarithm) slower than the template's. */
function runAt(random: Random, plan: Plan, slowness: number, place: number): LabelledRun {
  // Most of what differs from run to run is a level that all figures share.
  const { scatter, tailScatter = scatter } = plan;
  const level = Math.sqrt(0.8) * scatter * standardNormal(random) + slowness;
  const own = (): number => Math.exp(level + Math.sqrt(0.2) * scatter * standardNormal(random));
  const tail = Math.sqrt(Math.max(0, tailScatter ** 2 - 0.8 * scatter ** 2));
  const { latency } = template;
  const result = {
    ...template,
    run_id: `run-${place}-${random()}`,
    timestamp: new Date(Date.UTC(2026, 0, 1, 0, place)).toISOString(),
    throughput_ops_per_sec: template.throughput_ops_per_sec! / own(),
    latency: {
      ...latency,
      avg_ms: latency.avg_ms! * own(),
      p50_ms: latency.p50_ms! * own(),
      p90_ms: latency.p90_ms! * own(),
      p95_ms: latency.p95_ms! * own(),
      p99_ms: latency.p99_ms! * Math.exp(level + tail * standardNormal(random)),
    },
  };
  return { label: `run ${place}`, result };
}

/** A run as windows of a second, whose level drifts from window to window. */
function windowsAt(random: Random, { scatter }: Plan, slowness: number): RunWindow[] {
  const level = scatter * standardNormal(random) + slowness;
  return firstOrderSeries(random, 40, 0.3).map((value) => {
    const factor = Math.exp(level + 0.1 * value);
    const latencies = new Map<number, number>();
    for (let operation = 0; operation < 30; operation += 1) {
      // Coarse, so that a resample has few buckets to walk.
      const us = 20 * Math.round(20 * factor * Math.exp(0.3 * standardNormal(random)));
      latencies.set(us, (latencies.get(us) ?? 0) + 1);
    }
    const done = Math.round(1000 / factor);
    return buildRunWindow(done, latencies);
  });
}

/** Compares two sides as the program does. */
function rowsOf(random: Random, plan: Plan): readonly ComparisonRow[] {
  const slower = -Math.log(plan.speed);
  if (plan.mode === 'one file') {
    const evidence = compareRunWindows(
      [windowsAt(random, plan, 0)],
      [windowsAt(random, plan, slower)],
      () => familyAlpha / 4,
      priorScatter,
    );
    return judgeComparison(evidence, {
      method: 'windows',
      windows: 40,
      thresholds: defaultThresholds,
    });
  }
  const { mode, hour = 0 } = plan;
  const sides = { base: [] as LabelledRun[], next: [] as LabelledRun[] };
  for (let pair = 0; pair < counts[mode]; pair += 1) {
    const shared = hour * standardNormal(random);
    const at = mode === 'six pairs' ? [2 * pair, 2 * pair + 1] : [pair, 100 + pair];
    sides.base.push(runAt(random, plan, shared, at[0]!));
    sides.next.push(runAt(random, plan, shared + slower, at[1]!));
  }
  return compareRuns(sides.base, sides.next).rows;
}

const isRegression = (rows: readonly ComparisonRow[]): boolean =>
  rows.some(({ verdict }) => verdict === 'worse');
const isNoRegression = (rows: readonly ComparisonRow[]): boolean =>
  rows
    .filter(({ metric }) => metric.family === 'primary')
    .every(({ verdict }) => verdict === 'within noise' || verdict === 'better');

function covers(rows: readonly ComparisonRow[], { speed }: Plan): boolean {
  const row = rows.find(({ metric }) => metric.name === 'p95_latency')!;
  const truth = 100 * (1 / speed - 1);
  return row.low <= truth && truth <= row.high;
}

const modes = ['one file', 'two files', 'three files', 'six files', 'six pairs'] as const;
const rounds = (mode: Plan['mode']): Pick<Claim, 'rounds' | 'roundsInTest'> =>
  mode === 'one file' ? { rounds: 200, roundsInTest: 10 } : { rounds: 2_000, roundsInTest: 100 };

/** What comparisons answer where runs of one build lie 10 to 15 % apart. */
export const comparisonClaims: readonly Claim[] = [
  ...modes.flatMap((mode) =>
    [0.1, 0.15].flatMap((scatter): Claim[] => {
      const where = `${mode} per side, ${100 * scatter} % between runs`;
      const equal: Plan = { mode, scatter, speed: 1 };
      const slow: Plan = { mode, scatter, speed: 0.75 };
      return [
        {
          what: `${where}: the 95 % interval of P95 covers the truth`,
          wanted: atLeast(0.93),
          ...rounds(mode),
          play: (random) => covers(rowsOf(random, equal), equal),
        },
        {
          what: `${where}: equal builds are called REGRESSION`,
          wanted: atMost(0.05),
          ...rounds(mode),
          play: (random) => isRegression(rowsOf(random, equal)),
        },
        {
          what: `${where}: a build 25 % slower is called NO REGRESSION`,
          wanted: atMost(0.05),
          ...rounds(mode),
          play: (random) => isNoRegression(rowsOf(random, slow)),
        },
      ];
    }),
  ),
  ...(['one file', 'three files', 'six pairs'] as const).map((mode): Claim => {
    const plan: Plan = { mode, scatter: 0.07, tailScatter: 0.25, speed: 1 };
    return {
      what: `${mode} per side, level 7 %, P99 25 % between runs: equal builds are called REGRESSION`,
      wanted: atMost(0.05),
      ...rounds(mode),
      play: (random) => isRegression(rowsOf(random, plan)),
    };
  }),
  ...[0, 0.2].map(
    (hour): Claim => ({
      what: `six pairs, 10 % between runs and ${100 * hour} % between hours: a build 25 % slower is called REGRESSION`,
      wanted: atLeast(0.8),
      ...rounds('six pairs'),
      play: (random) =>
        isRegression(rowsOf(random, { mode: 'six pairs', scatter: 0.1, speed: 0.75, hour })),
    }),
  ),
];
