import {
  type ChangePoint,
  changePointAlpha,
  changePoints,
  stretchMin,
} from '../statistics/change-points.ts';
import { historyKey, type LabelledRun } from './comparability.ts';
import {
  type ComparedMetric,
  type ComparisonThresholds,
  changeOf,
  comparedMetrics,
  defaultThresholds,
  toScale,
} from './compared-metrics.ts';

/** Runs of one workload on one machine, in order of time. */
export interface HistorySeries {
  /** The scenario's name. */
  readonly name: string | undefined;
  readonly runs: readonly LabelledRun[];
  /** Empty below {@link historyRunsMin} runs. */
  readonly changes: readonly HistoryChange[];
}

/** A metric that went to a new level. */
export interface HistoryChange {
  readonly metric: ComparedMetric;
  /** The index of the first run at the new level, in `runs`. */
  readonly index: number;
  /** Figures in the metric's unit. */
  readonly before: number;
  readonly after: number;
  /** Percent, or points. */
  readonly change: number;
  readonly pValue: number;
  readonly verdict: 'better' | 'worse' | 'below the threshold';
  /** Whether the new level has lasted for {@link confirmingRuns} runs. */
  readonly isConfirmed: boolean;
  /** Whether the runs that were added confirmed it. */
  readonly isNew: boolean;
}

/** A history can show a change from this many runs on. */
export const historyRunsMin = 20;

/**
 * Sorts runs into series of one workload and machine, each by time, and finds the changes of level
 * in each metric. `added` are the labels of runs that are new: a change is new that these brought to
 * light. Generator and Node versions don't part series: they change as a project goes on.
 */
export function analyseHistory(
  runs: readonly LabelledRun[],
  added: ReadonlySet<string> = new Set(),
  thresholds: ComparisonThresholds = defaultThresholds,
): HistorySeries[] {
  const groups = new Map<string, LabelledRun[]>();
  for (const run of [...runs].sort(byTime)) {
    const key = historyKey(run.result);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [run]);
    else group.push(run);
  }
  return [...groups.values()].map((members) => ({
    name: members[0]!.result.name ?? undefined,
    runs: members,
    changes:
      members.length < historyRunsMin
        ? []
        : comparedMetrics.flatMap((metric) => changesOf(metric, members, added, thresholds)),
  }));
}

/** The points of a metric's history, `null` where a run did not measure it. */
export function historyPoints(
  metric: ComparedMetric,
  runs: readonly LabelledRun[],
): (number | null)[] {
  return runs.map(({ result }) => metric.figureOf(result));
}

function changesOf(
  metric: ComparedMetric,
  runs: readonly LabelledRun[],
  added: ReadonlySet<string>,
  thresholds: ComparisonThresholds,
): HistoryChange[] {
  const measured = runs.flatMap((run, index) => {
    const figure = metric.figureOf(run.result);
    return figure === null ? [] : [{ index, run, value: toScale(metric, figure) }];
  });
  if (measured.length < historyRunsMin) return [];
  const known = measured.filter(({ run }) => !added.has(run.label));
  const before = known.length < historyRunsMin ? [] : levelChanges(known.map(({ value }) => value));
  const back = (value: number): number => (metric.measure === 'points' ? value : Math.exp(value));
  return levelChanges(measured.map(({ value }) => value)).map((point) => {
    const change = changeOf(metric, point.after - point.before);
    const isLarge = Math.abs(change) > thresholds[metric.threshold];
    const isGood = change > 0 === (metric.better === 'higher');
    // One more run can move a place found before by a run or two.
    const wasConfirmed = before.some(
      ({ index, isConfirmed }) => isConfirmed && Math.abs(index - point.index) <= 2,
    );
    return {
      metric,
      index: measured[point.index]!.index,
      before: back(point.before),
      after: back(point.after),
      change,
      pValue: point.pValue,
      verdict: isLarge ? (isGood ? 'better' : 'worse') : 'below the threshold',
      isConfirmed: point.isConfirmed,
      isNew: added.size > 0 && point.isConfirmed && !wasConfirmed,
    };
  });
}

/** So many runs at a new level make it one: the last of them is the confirming one. */
export const confirmingRuns = stretchMin + 1;

/** All metrics of all added runs are tested: together they may raise a false alarm only seldom. */
const historyAlpha = changePointAlpha / comparedMetrics.length;
/** Runs made one after the other resemble each other: machines have good and bad days. */
const historyCorrelation = 0.3;

function levelChanges(values: readonly number[]): (ChangePoint & { isConfirmed: boolean })[] {
  const points = changePoints(values, historyAlpha, historyCorrelation);
  return points.map((point, at) => ({
    ...point,
    isConfirmed: (points[at + 1]?.index ?? values.length) - point.index >= confirmingRuns,
  }));
}

function byTime(a: LabelledRun, b: LabelledRun): number {
  return Date.parse(a.result.timestamp) - Date.parse(b.result.timestamp);
}
