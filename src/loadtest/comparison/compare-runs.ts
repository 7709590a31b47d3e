import { minOf } from '../../core/index.ts';
import { LoadTestError } from '../errors.ts';
import { detectableShareFloor } from '../statistics/detectable-change.ts';
import {
  type Difference,
  differencesOf,
  integrityFailures,
  type LabelledRun,
  repeatedRuns,
  type UnfitRun,
  unfitRuns,
} from './comparability.ts';
import { compareByMannWhitney, compareByPairs, compareByWelch } from './compare-run-figures.ts';
import { compareRunWindows } from './compare-run-windows.ts';
import {
  type ComparedMetricName,
  type ComparisonThresholds,
  comparedMetrics,
  defaultThresholds,
  toScale,
} from './compared-metrics.ts';
import { exactRunsMin } from './comparison-limits.ts';
import { type ComparisonMethod, type Evidence, familyAlpha } from './evidence.ts';
import { type ComparisonRow, judgeComparison } from './judge-comparison.ts';
import { pairsOf } from './run-pairs.ts';
import { priorScatter, type RunScatter, scatterOf } from './run-scatter.ts';
import { readRunWindows } from './run-windows.ts';

/** Two sides of one scenario, compared. */
export interface Comparison {
  /** The scenario's name. */
  readonly name: string | undefined;
  readonly answer: ComparisonAnswer;
  /** Why it is that, one plain sentence each. */
  readonly reasons: readonly string[];
  readonly method: ComparisonMethod;
  readonly base: ComparedSide;
  readonly new: ComparedSide;
  /** Empty where the runs were not compared. */
  readonly rows: readonly ComparisonRow[];
  readonly differences: readonly Difference[];
  readonly unfit: readonly UnfitRun[];
  /** Compared in spite of differences or unfit runs. */
  readonly forced: boolean;
  readonly thresholds: ComparisonThresholds;
  /** How far runs lie apart, where one run on a side can't show it. */
  readonly scatter: RunScatter | undefined;
}

/** What a comparison of two sides says. */
export type ComparisonAnswer = 'regression' | 'no regression' | 'inconclusive' | 'not comparable';

export interface ComparedSide {
  readonly runs: readonly string[];
  /** Over all runs. */
  readonly windows: number;
  readonly operations: number;
  /** The commits of the checkouts in which the runs were started, each once. */
  readonly commits: readonly string[];
}

/** How a comparison is made; every option may be left out. */
export interface ComparisonOptions {
  /** From which change on a metric counts. Default: those of docs/compare.md. */
  readonly thresholds?: ComparisonThresholds | undefined;
  /** Compare whatever differs, and say so. */
  readonly force?: boolean | undefined;
  /** One inconclusive primary metric makes the whole answer `inconclusive`. Default true. */
  readonly strict?: boolean | undefined;
  /** Runs of the same workload and machine: how far runs of one build lie apart. Default: supposed. */
  readonly history?: readonly LabelledRun[] | undefined;
}

/**
 * Compares runs of one scenario, base with new. Each side has a run or more. Pure and seeded: the
 * same files always give the same answer.
 * @throws {LoadTestError} `nothing_to_compare` where a side has no run.
 */
export function compareRuns(
  base: readonly LabelledRun[],
  next: readonly LabelledRun[],
  options: ComparisonOptions = {},
): Comparison {
  if (base.length === 0 || next.length === 0) {
    throw new LoadTestError('nothing_to_compare', 'each side of a comparison needs a run');
  }
  const { thresholds = defaultThresholds, force = false, strict = true } = options;
  const differences = differencesOf(base, next);
  const unfit = [...unfitRuns([...base, ...next]), ...repeatedRuns(base), ...repeatedRuns(next)];
  const pairs = pairsOf(base, next);
  const method = methodFor(Math.min(base.length, next.length), pairs !== undefined);
  const scatter =
    method === 'windows' ? scatterOf(options.history ?? [], base[0] ?? next[0]!) : undefined;
  const known = {
    name: base[0]?.result.name ?? next[0]?.result.name ?? undefined,
    method,
    base: sideOf(base),
    new: sideOf(next),
    differences,
    unfit,
    thresholds,
    scatter,
  };
  const isUnfit = differences.length + unfit.length > 0;
  const wrong = integrityReasons(next);
  if (isUnfit && !force) {
    // Wrong bytes are wrong whatever they are compared with.
    if (wrong.length > 0) {
      return { ...known, answer: 'regression', reasons: wrong, rows: [], forced: false };
    }
    return { ...known, answer: 'not comparable', reasons: [], rows: [], forced: false };
  }
  const [from, to] =
    method === 'paired-t' && pairs !== undefined
      ? [pairs.map(([run]) => run), pairs.map(([, run]) => run)]
      : [base, next];
  const evidence = evidenceFor(method, from, to, scatter ?? priorScatter);
  const windows = Math.min(known.base.windows, known.new.windows);
  const rows = judgeComparison(evidence, { method, windows, thresholds });
  return { ...known, ...answerOf(rows, wrong, strict), rows, forced: isUnfit };
}

function methodFor(runs: number, paired: boolean): ComparisonMethod {
  if (runs >= exactRunsMin) return paired ? 'paired-t' : 'mann-whitney';
  return runs >= 2 ? 'welch' : 'windows';
}

function evidenceFor(
  method: ComparisonMethod,
  base: readonly LabelledRun[],
  next: readonly LabelledRun[],
  scatter: RunScatter,
): Map<ComparedMetricName, Evidence> {
  const evidence =
    method === 'windows' ? byWindows(base, next, scatter) : byRuns(method, base, next);
  const operations = minOf([...base, ...next].map(({ result }) => result.operations.total));
  for (const metric of comparedMetrics) {
    const found = evidence.get(metric.name);
    if (found === undefined || metric.measure !== 'points') continue;
    const detectable = Math.max(found.detectable, detectableShareFloor(operations));
    evidence.set(metric.name, { ...found, detectable });
  }
  return evidence;
}

function byRuns(
  method: Exclude<ComparisonMethod, 'windows'>,
  base: readonly LabelledRun[],
  next: readonly LabelledRun[],
): Map<ComparedMetricName, Evidence> {
  const compare = comparers[method];
  const evidence = new Map<ComparedMetricName, Evidence>();
  for (const metric of comparedMetrics) {
    const [from, to] = [base, next].map((side) =>
      side.flatMap(({ result }) => metric.figureOf(result) ?? []),
    );
    // A figure that some runs lack would be judged by fewer runs than the method is meant for.
    if (from!.length < base.length || to!.length < next.length) continue;
    evidence.set(metric.name, compare(metric, from!, to!, strictestAlpha(metric.name)));
  }
  return evidence;
}

const comparers = {
  'paired-t': compareByPairs,
  'mann-whitney': compareByMannWhitney,
  welch: compareByWelch,
} as const;

function byWindows(
  base: readonly LabelledRun[],
  next: readonly LabelledRun[],
  scatter: RunScatter,
): Map<ComparedMetricName, Evidence> {
  const windowsOf = (side: readonly LabelledRun[]) =>
    side.map(({ result }) => readRunWindows(result)).filter((windows) => windows.length > 0);
  const [from, to] = [windowsOf(base), windowsOf(next)];
  if (from.length === 0 || to.length === 0) return new Map();
  const evidence = compareRunWindows(from, to, strictestAlpha, scatter);
  for (const metric of comparedMetrics) {
    const found = evidence.get(metric.name);
    if (found === undefined) continue;
    // What is shown of a single run is what its file says, not what its windows round it to.
    const figures = [base, next].map((side) =>
      side.length === 1 ? metric.figureOf(side[0]!.result) : null,
    );
    const shown = { base: figures[0] ?? found.base, new: figures[1] ?? found.new };
    const estimate = toScale(metric, shown.new) - toScale(metric, shown.base);
    const moved = estimate - found.estimate;
    evidence.set(metric.name, {
      ...found,
      ...shown,
      estimate,
      low: found.low + moved,
      high: found.high + moved,
    });
  }
  return evidence;
}

/** What the smallest p of a family must be below, by Holm. */
function strictestAlpha(name: ComparedMetricName): number {
  const { family } = comparedMetrics.find((metric) => metric.name === name)!;
  return familyAlpha / comparedMetrics.filter((metric) => metric.family === family).length;
}

function answerOf(
  rows: readonly ComparisonRow[],
  wrong: readonly string[],
  strict: boolean,
): Pick<Comparison, 'answer' | 'reasons'> {
  const worse = rows.filter(({ verdict }) => verdict === 'worse');
  if (worse.length + wrong.length > 0) {
    return {
      answer: 'regression',
      reasons: worse.length === 0 ? wrong : [...wrong, `worse: ${names(worse)}`],
    };
  }
  const primary = rows.filter(({ metric }) => metric.family === 'primary');
  const untold = primary.filter(({ verdict }) => verdict === 'inconclusive');
  const decided = primary.filter(({ verdict }) => verdict !== 'inconclusive');
  const isComplete = decided.length === primaryCount;
  if (isComplete || (!strict && decided.length > 0)) {
    const open = untold.length === 0 ? '' : `; inconclusive: ${names(untold)}`;
    return { answer: 'no regression', reasons: [`holds for: ${names(decided)}${open}`] };
  }
  return {
    answer: 'inconclusive',
    reasons:
      primary.length === 0
        ? ['there is no figure that both sides have']
        : [`inconclusive: ${names(untold)}`],
  };
}

const primaryCount = comparedMetrics.filter(({ family }) => family === 'primary').length;

function names(rows: readonly ComparisonRow[]): string {
  return rows.map(({ metric }) => metric.label).join(', ');
}

function integrityReasons(next: readonly LabelledRun[]): string[] {
  return next.flatMap(({ label, result }) => {
    const failures = integrityFailures(result);
    if (failures === 0) return [];
    return [`${label}: ${failures} operations read wrong bytes or lost an acknowledged write`];
  });
}

function sideOf(side: readonly LabelledRun[]): ComparedSide {
  const sum = (pick: (run: LabelledRun) => number): number =>
    side.reduce((total, run) => total + pick(run), 0);
  return {
    runs: side.map(({ label }) => label),
    windows: sum(({ result }) => result.windows.length),
    operations: sum(({ result }) => result.operations.total),
    commits: [...new Set(side.flatMap(({ result }) => result.environment.commit ?? []))],
  };
}
