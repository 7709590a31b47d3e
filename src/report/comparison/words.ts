import {
  type ComparedMetric,
  type ComparedSide,
  type Comparison,
  type ComparisonAnswer,
  type ComparisonMethod,
  type ComparisonRow,
  exactRunsMin,
  type OverallVerdict,
  type RunScatter,
  thresholdFactor,
  windowsMin,
} from '../../loadtest/internal.ts';
import { figure, inUnit, latency, percent, plural, size } from '../shared/format.ts';

/** The verdict of a run that means as much: answers are shown in its colours. */
export const verdictOfAnswer = {
  regression: 'FAIL',
  'no regression': 'PASS',
  inconclusive: 'INVESTIGATE',
  'not comparable': 'VOID',
} satisfies Record<ComparisonAnswer, OverallVerdict>;

/** The cells of one row except its verdict, the same in every format, below {@link comparisonHeads}. */
export function comparisonCells(row: ComparisonRow): string[] {
  const { metric } = row;
  return [
    metric.label,
    inMetricUnit(metric, row.base),
    inMetricUnit(metric, row.new),
    signedChange(metric, row.change),
    `${signedChange(metric, row.low)} to ${signedChange(metric, row.high)}`,
    pValue(row.pValue),
    detectable(row),
  ];
}

export const comparisonHeads: readonly string[] = [
  '',
  'base',
  'new',
  'change',
  '95 % interval',
  'p',
  'minimum detectable',
  '',
];

/** The runs that were compared. */
export function describeSides({ base, new: next }: Comparison): string {
  return `base: ${describeSide(base)}; new: ${describeSide(next)}`;
}

/** The test behind the answer, and the thresholds that it applied. */
export function describeMethod({ method, rows, thresholds, scatter }: Comparison): string {
  const factor = thresholdFactor(method);
  const limit = (value: number, unit: string): string => `${figure(factor * value)} ${unit}`;
  const limits = [
    `throughput, latency and CPU ${limit(thresholds.performance, '%')}`,
    `success ${limit(thresholds.successRate, 'pt')}`,
    `hit rate ${limit(thresholds.hitRate, 'pt')}`,
    `memory ${limit(thresholds.memory, '%')}`,
  ].join(', ');
  const counted = `a change counts above ${factor === 1 ? 'the threshold' : 'twice the threshold'}: ${limits}`;
  if (rows.length === 0) return counted;
  const between = scatter === undefined ? '' : `, ${scatterText(scatter)}`;
  return `${methods[method]}${between}; ${counted}`;
}

/** The source of the run-to-run variation, which one run cannot show. */
function scatterText(scatter: RunScatter): string {
  const share = `${figure(100 * scatter.deviationOf('p95_latency'))} %`;
  return scatter.source === 'history'
    ? `run-to-run variation from ${scatter.runs} runs of the history (P95 ${share})`
    : `run-to-run variation assumed (P95 ${share}; --history DIR measures it)`;
}

const methods = {
  'paired-t':
    "runs made in turn: t-test over the pairs' differences, Holm over throughput, P50, P95 and P99; shown are medians of the runs",
  'mann-whitney':
    'exact Mann-Whitney test over the runs, Holm over throughput, P50, P95 and P99; shown are medians of the runs',
  welch: `fewer than ${exactRunsMin} runs per side: Welch's t-test over the runs, Holm over throughput, P50, P95 and P99; shown are means of the runs`,
  windows:
    'one run on a side: block bootstrap over its windows, Holm over throughput, P50, P95 and P99',
} satisfies Record<ComparisonMethod, string>;

/** What keeps the runs from being compared, or was overlooked by --force: one line each. */
export function obstacles({ differences, unfit }: Comparison): string[] {
  return [
    ...unfit.map(({ label, reason }) => `${label}: ${reason}`),
    ...differences.map(
      ({ what, base, other, otherLabel }) =>
        `${what}: base has ${base}, ${otherLabel} has ${other}`,
    ),
  ];
}

/** What to do next without a clear answer. */
export function nextStep(comparison: Comparison): string | undefined {
  const { answer, method, base, new: next, rows } = comparison;
  if (answer === 'not comparable') {
    return "Next: repeat one side with the other's configuration, or --force to compare anyway.";
  }
  const open = rows.some(({ verdict }) => verdict === 'inconclusive');
  if (!open && answer !== 'inconclusive') return undefined;
  if (method === 'windows' && Math.min(base.windows, next.windows) < windowsMin) {
    return `Next: runs of ${windowsMin} windows or more, memobuild loadtest --requests 0 --duration 30, or several runs of each, memobuild compare --interleave A B --repeat ${exactRunsMin}.`;
  }
  const more =
    thresholdFactor(method) === 1 ? 2 * Math.min(base.runs.length, next.runs.length) : exactRunsMin;
  return `Next: for a conclusive result, make more runs: memobuild compare --interleave A B --repeat ${more}; longer runs help too (--requests 0 --duration 60).`;
}

function describeSide({ runs, operations, commits }: ComparedSide): string {
  const first = runs[0]!;
  const which = runs.length === 1 ? first : `${runs.length} runs, ${first} …`;
  const commit = commits.length === 0 ? '' : `, commit ${commits.map(short).join(', ')}`;
  return `${which} (${plural(operations, 'operation')}${commit})`;
}

function short(commit: string): string {
  return commit.slice(0, 10);
}

/** A figure as its metric is read. */
export function inMetricUnit(metric: ComparedMetric, value: number): string {
  if (metric.unit === 'ms') return latency(value);
  if (metric.unit === 'bytes') return size(value);
  if (metric.unit === '%') return percent(value);
  return inUnit(value, metric.unit);
}

/** A change with its sign: percent, or points. */
export function signedChange(metric: ComparedMetric, value: number): string {
  // Beyond a thousandfold a figure only says that nothing is known.
  if (value > 1e5) return '> +1000 times';
  const digits = metric.measure === 'points' && Math.abs(value) < 1 ? 2 : 1;
  const amount = Math.abs(value).toFixed(digits);
  // What rounds to nothing has no direction.
  const sign = Number(amount) === 0 ? '' : value > 0 ? '+' : '-';
  return `${sign}${amount}${metric.measure === 'points' ? ' pt' : ' %'}`;
}

function pValue(p: number): string {
  return p < 0.0001 ? '< 0.0001' : p.toFixed(p < 0.1 ? 4 : 2);
}

function detectable({ metric, detectable: smallest }: ComparisonRow): string {
  if (smallest > 1000 || (metric.better === 'higher' && smallest > 99)) return 'none';
  return signedChange(metric, smallest).replace('+', '');
}
