import type { ResolvedConfig } from '../config/config.ts';
import type { LatencyInterval } from '../metrics/percentile-intervals.ts';
import { crowd } from '../metrics/silence.ts';
import type { Criteria, Limits } from './criteria.ts';
import { askedRateOf, isLowerBound, type Measures } from './measures.ts';
import {
  type CriterionMetric,
  criterionMetrics,
  type MetricUnit,
  type VerdictMetric,
  verdictMetrics,
} from './verdict-metrics.ts';

export const rowVerdicts = ['PASS', 'INVESTIGATE', 'FAIL'] as const;

/** The verdict on one metric. */
export type RowVerdict = (typeof rowVerdicts)[number];

/** One line of the verdict: what was asked, what was measured, how far apart they are. */
export interface VerdictRow {
  readonly metric: VerdictMetric;
  readonly label: string;
  readonly unit: MetricUnit;
  /** For a reader: `> 95 %`. */
  readonly requirement: string;
  /** `undefined`: nothing to measure. */
  readonly measured: number | undefined;
  /** Distance to PASS's limit in the row's unit, positive on the good side. */
  readonly margin: number | undefined;
  /** `true`: the figure lies among operations that were given up, and is at least this. */
  readonly isLowerBound?: true;
  /** Where a percentile lies in 95 of 100 cases. */
  readonly interval?: LatencyInterval;
  readonly verdict: RowVerdict;
  /** The limits that applied, after the target hit rate and the asked rate were put in. */
  readonly limits: Limits;
}

/** Judges the criteria's metrics, in their order, and always integrity and lost writes. */
export function judgeRows(
  measures: Measures,
  criteria: Criteria,
  config: ResolvedConfig,
): VerdictRow[] {
  const metrics = Object.keys(criterionMetrics) as CriterionMetric[];
  const rows = metrics.flatMap((metric) => {
    const limits = criteria[metric];
    const row = limits === undefined ? undefined : judgeRow(metric, limits, measures, config);
    return row === undefined ? [] : [row];
  });
  return [...rows, integrityRow(measures.integrity_and_lost)];
}

/** How a metric's row is called. */
export function namesOf(metric: VerdictMetric): Pick<VerdictRow, 'metric' | 'label' | 'unit'> {
  const { label, unit } = verdictMetrics[metric];
  return { metric, label, unit };
}

/** Whether a row says that wrong bytes were read, or acknowledged writes lost. */
export function isUnsafe(row: Pick<VerdictRow, 'metric' | 'verdict'>): boolean {
  return row.verdict === 'FAIL' && verdictMetrics[row.metric].subject === 'safety';
}

/** What a row says where it is the reason of a verdict; a lower bound is called one. */
export function rowReason(
  row: Pick<VerdictRow, 'label' | 'unit' | 'requirement'> & {
    readonly measured: number | null | undefined;
    readonly isLowerBound?: boolean | undefined;
  },
): string {
  const { label, unit, measured, requirement, isLowerBound } = row;
  if (measured == null) return `${label}: nothing to measure, required ${requirement}`;
  const bound = isLowerBound === true ? '≥ ' : '';
  return `${label}: ${bound}${format(measured)}${unit === '' ? '' : ` ${unit}`}, required ${requirement}`;
}

/** The band that a value falls into; an edge is INVESTIGATE, and nothing measured the worst there is. */
export function bandOf(
  measured: number | undefined,
  limits: Limits,
  better: 'higher' | 'lower',
): RowVerdict {
  if (measured === undefined || !Number.isFinite(measured)) {
    return limits.fail === undefined ? 'INVESTIGATE' : 'FAIL';
  }
  const sign = better === 'higher' ? 1 : -1;
  // Rounded, so that 70 % - 5 points is 65 and not 65.00000000000001.
  const value = rounded(measured);
  if (sign * (value - rounded(limits.pass)) > 0) return 'PASS';
  if (limits.fail !== undefined && sign * (value - rounded(limits.fail)) < 0) return 'FAIL';
  return 'INVESTIGATE';
}

function judgeRow(
  metric: CriterionMetric,
  criterion: Limits,
  measures: Measures,
  config: ResolvedConfig,
): VerdictRow | undefined {
  const { better, unit, subject } = criterionMetrics[metric];
  const targetPercent = 100 * config.cacheHitRatioTarget;
  if (subject === 'hit_rate' && targetPercent === 0) return undefined;
  if (subject === 'silence' && config.numClients < crowd) return undefined;
  const limits = limitsFor(metric, criterion, config);
  const measured = measuredFor(metric, measures, targetPercent);
  const difference = measured === undefined ? undefined : rounded(measured - limits.pass);
  return {
    ...namesOf(metric),
    requirement: `${better === 'higher' ? '>' : '<'} ${format(limits.pass)} ${unit}`,
    measured,
    margin:
      difference === undefined ? undefined : better === 'higher' ? difference : 0 - difference,
    ...(isLowerBoundOf(metric, measures) ? { isLowerBound: true } : {}),
    verdict: bandOf(measured, limits, better),
    limits,
  };
}

function limitsFor(
  metric: CriterionMetric,
  { pass, fail }: Limits,
  config: ResolvedConfig,
): Limits {
  if (metric === 'hit_rate_points_from_target') {
    const targetPercent = 100 * config.cacheHitRatioTarget;
    return {
      pass: rounded(targetPercent + pass),
      fail: fail === undefined ? undefined : rounded(targetPercent + fail),
    };
  }
  const rate = askedRateOf(config);
  if (metric === 'throughput_ops_per_sec' && rate !== undefined) {
    return {
      pass: rounded(Math.min(pass, 0.99 * rate)),
      fail: fail === undefined ? undefined : rounded(Math.min(fail, 0.9 * rate)),
    };
  }
  return { pass, fail };
}

function measuredFor(
  metric: CriterionMetric,
  measures: Measures,
  targetPercent: number,
): number | undefined {
  if (metric === 'hit_rate_points_from_target') return measures.hit_rate_percent;
  if (metric === 'hit_rate_deviation_points') {
    const { hit_rate_percent: hitRate } = measures;
    return hitRate === undefined ? undefined : Math.abs(hitRate - targetPercent);
  }
  return measures[metric];
}

function isLowerBoundOf(metric: CriterionMetric, measures: Measures): boolean {
  if (criterionMetrics[metric].subject !== 'latency') return false;
  return isLowerBound(metric, measuredFor(metric, measures, 0), measures.given_up_from_ms);
}

function integrityRow(count: number): VerdictRow {
  return {
    ...namesOf('integrity_and_lost'),
    requirement: '0',
    measured: count,
    margin: 0 - count,
    verdict: count === 0 ? 'PASS' : 'FAIL',
    limits: { pass: 0, fail: 0 },
  };
}

function format(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: 2 });
}

function rounded(value: number): number {
  return Math.round(value * 1e9) / 1e9;
}
