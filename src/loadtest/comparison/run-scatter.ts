import { variance } from '../statistics/welch.ts';
import { historyKey, type LabelledRun } from './comparability.ts';
import {
  type ComparedMetric,
  type ComparedMetricName,
  comparedMetrics,
  toScale,
} from './compared-metrics.ts';

/** How far runs of one build lie apart: what no single run can show. */
export interface RunScatter {
  /** `prior`: supposed. `history`: measured over runs of the same workload and machine. */
  readonly source: 'prior' | 'history';
  /** Runs that it was measured over; 0 for a supposed one. */
  readonly runs: number;
  /** Standard deviation of one run on the metric's scale (`toScale`). */
  readonly deviationOf: (metric: ComparedMetricName) => number;
  readonly degreesOfFreedom: number;
}

/**
 * The scatter that is assumed for runs without a history, as a share: the upper end of what seconds-long
 * runs on shared machines show. Tails scatter more than medians.
 */
export const priorDeviation = 0.15;
const priorTailDeviation = 0.25;
/** Points. */
const priorPoints = { success_rate: 0.5, hit_rate: 1 } as const;

export const priorScatter: RunScatter = {
  source: 'prior',
  runs: 0,
  deviationOf: (metric) => {
    if (metric === 'success_rate' || metric === 'hit_rate') return priorPoints[metric];
    return metric === 'p99_latency' ? priorTailDeviation : priorDeviation;
  },
  degreesOfFreedom: Number.POSITIVE_INFINITY,
};

/** Runs of the same workload and machine that a history needs, for its scatter to be used. */
export const scatterRunsMin = 10;

/**
 * The scatter over those of `history` that are of `like`'s workload and machine. Builds that made a
 * difference are in it, so it is rather too large than too small.
 * @returns the supposed scatter where there are fewer than {@link scatterRunsMin}.
 */
export function scatterOf(history: readonly LabelledRun[], like: LabelledRun): RunScatter {
  const key = historyKey(like.result);
  const runs = history.filter(({ result }) => historyKey(result) === key);
  if (runs.length < scatterRunsMin) return priorScatter;
  const known = new Map(comparedMetrics.map((metric) => [metric.name, deviation(metric, runs)]));
  return {
    source: 'history',
    runs: runs.length,
    deviationOf: (metric) => known.get(metric) ?? priorScatter.deviationOf(metric),
    degreesOfFreedom: runs.length - 1,
  };
}

/** No sample of runs is taken to scatter less: a few that happen to be equal prove nothing. */
export function deviationFloor(metric: Pick<ComparedMetric, 'measure'>): number {
  return metric.measure === 'points' ? 0.25 : 0.03;
}

function deviation(metric: ComparedMetric, runs: readonly LabelledRun[]): number | undefined {
  const values = runs.flatMap(({ result }) => {
    const figure = metric.figureOf(result);
    return figure === null ? [] : [toScale(metric, figure)];
  });
  if (values.length < scatterRunsMin) return undefined;
  return Math.max(Math.sqrt(variance(values)), deviationFloor(metric));
}
