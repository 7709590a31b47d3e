import { holm } from '../statistics/holm.ts';
import {
  type ComparedMetric,
  type ComparedMetricName,
  type ComparisonThresholds,
  changeOf,
  comparedMetrics,
} from './compared-metrics.ts';
import { windowsMin } from './comparison-limits.ts';
import { type ComparisonMethod, type Evidence, familyAlpha } from './evidence.ts';

/** One metric, judged. Changes are percent, or points where the metric is a percentage. */
export interface ComparisonRow {
  readonly metric: ComparedMetric;
  readonly base: number;
  readonly new: number;
  readonly change: number;
  /** 95 % confidence interval of the change. */
  readonly low: number;
  readonly high: number;
  /** Two-sided, corrected by Holm over the metric's family. */
  readonly pValue: number;
  /** The smallest change that is reported as one. */
  readonly threshold: number;
  /** The smallest change for the worse that such data show four times in five; not below 0. */
  readonly detectable: number;
  readonly verdict: 'better' | 'worse' | 'within noise' | 'inconclusive';
}

/**
 * Judges every metric. Better or worse: significant by Holm's correction over its family, and larger
 * than its threshold, which is doubled where fewer than six runs per side leave more to assumption.
 * Within noise: the interval leaves no change of the threshold's size possible, which is two
 * one-sided tests (D. J. Schuirmann, J. Pharmacokinetics and Biopharmaceutics 15, 1987). What such
 * data could have shown says nothing of what they did show (J. M. Hoenig and D. M. Heisey, American
 * Statistician 55, 2001). Otherwise they are inconclusive, and so are fewer than 30 windows of single runs.
 */
export function judgeComparison(
  evidence: ReadonlyMap<ComparedMetricName, Evidence>,
  context: {
    readonly method: ComparisonMethod;
    /** The number on the smaller side. */
    readonly windows: number;
    readonly thresholds: ComparisonThresholds;
  },
): ComparisonRow[] {
  const measured = comparedMetrics.filter(({ name }) => evidence.has(name));
  const adjusted = new Map<string, number>();
  for (const family of ['primary', 'secondary'] as const) {
    const members = measured.filter((metric) => metric.family === family);
    const pValues = holm(members.map(({ name }) => evidence.get(name)!.pValue));
    members.forEach(({ name }, index) => {
      adjusted.set(name, pValues[index]!);
    });
  }
  const factor = thresholdFactor(context.method);
  const tooFew = context.method === 'windows' && context.windows < windowsMin;
  return measured.map((metric) => {
    const found = evidence.get(metric.name)!;
    const row = {
      metric,
      base: found.base,
      new: found.new,
      change: changeOf(metric, found.estimate),
      low: changeOf(metric, found.low),
      high: changeOf(metric, found.high),
      pValue: adjusted.get(metric.name)!,
      threshold: factor * context.thresholds[metric.threshold],
      detectable: detectableChange(metric, found.detectable),
    };
    return { ...row, verdict: tooFew ? 'inconclusive' : verdictOf(row) };
  });
}

/** By what a threshold is multiplied: fewer than six runs per side leave more to assumption. */
export function thresholdFactor(method: ComparisonMethod): number {
  return method === 'mann-whitney' || method === 'paired-t' ? 1 : 2;
}

function verdictOf(row: Omit<ComparisonRow, 'verdict'>): ComparisonRow['verdict'] {
  const { change, low, high, threshold, metric } = row;
  if (row.pValue < familyAlpha && Math.abs(change) > threshold) {
    return change > 0 === (metric.better === 'higher') ? 'better' : 'worse';
  }
  return low > -threshold && high < threshold ? 'within noise' : 'inconclusive';
}

/** The size of a change for the worse: a throughput that falls by x on the scale falls by less than one that rises. */
function detectableChange(metric: ComparedMetric, onScale: number): number {
  if (!Number.isFinite(onScale)) return Number.POSITIVE_INFINITY;
  return Math.abs(changeOf(metric, metric.better === 'higher' ? -onScale : onScale));
}
