import { type Comparison, type Metric, metrics, type Row, type Sample } from './row.ts';

export interface ContenderResult {
  readonly name: string;
  /** One a round, in order. */
  readonly samples: readonly Sample[];
}

export interface SummarizedContender extends ContenderResult {
  readonly medians: Sample;
  /** Largest less smallest, relative to the median: how far the rounds lie apart. */
  readonly spread: Sample;
}

export interface SummarizedComparison extends Comparison {
  /** Ours over the peer's, or ours alone where there is no peer; null where one was not measured. */
  readonly value: number | null;
  /** The same, round by round: how far it wanders by itself. */
  readonly byRound: readonly number[];
  /** Whether `must` is reached; null where there is none or nothing was measured. */
  readonly met: boolean | null;
  readonly aimMet: boolean | null;
}

export interface RowResult {
  readonly name: string;
  readonly title: string;
  readonly target: number;
  readonly columns: readonly Metric[];
  readonly contenders: readonly SummarizedContender[];
  readonly comparisons: readonly SummarizedComparison[];
  readonly notes: readonly string[];
}

/** Medians over the rounds, and each comparison judged by the median of the rounds' own ratios. */
export function summarize(row: Row, results: readonly ContenderResult[]): RowResult {
  const { name, title, target, columns, notes = [] } = row;
  const contenders = results.map((result) => ({
    ...result,
    medians: overMetrics(result.samples, median),
    spread: overMetrics(
      result.samples,
      (values) => (Math.max(...values) - Math.min(...values)) / (median(values) || 1),
    ),
  }));
  const comparisons = row.comparisons.map((comparison) => judge(comparison, results));
  return { name, title, target, columns, contenders, comparisons, notes };
}

/** The middle value, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

function judge(comparison: Comparison, results: readonly ContenderResult[]): SummarizedComparison {
  const byRound = valuesByRound(comparison, results);
  const value = byRound.length === 0 ? null : median(byRound);
  const higher = metrics[comparison.metric].better === 'higher';
  const reaches = (bound: number | undefined): boolean | null => {
    if (bound === undefined || value === null) return null;
    return higher ? value >= bound : value <= bound;
  };
  const [met, aimMet] = [reaches(comparison.must), reaches(comparison.aim)];
  return { ...comparison, value, byRound, met, aimMet };
}

/**
 * A ratio is taken within each round, where both met the same machine, and its median over the
 * rounds: on a machine whose speed wanders this wanders far less than a ratio of medians.
 */
function valuesByRound(
  { ours, metric, against }: Comparison,
  results: readonly ContenderResult[],
): number[] {
  const samplesOf = (name: string): readonly Sample[] =>
    results.find((result) => result.name === name)?.samples ?? [];
  return samplesOf(ours).flatMap((sample, round) => {
    const mine = sample[metric];
    if (mine === undefined) return [];
    if (against === undefined) return [mine];
    const theirs = samplesOf(against)[round]?.[metric];
    return theirs === undefined || theirs === 0 ? [] : [mine / theirs];
  });
}

function overMetrics(
  samples: readonly Sample[],
  fold: (values: readonly number[]) => number,
): Sample {
  const folded: Partial<Record<Metric, number>> = {};
  for (const metric of Object.keys(metrics) as Metric[]) {
    const values = samples.map((sample) => sample[metric]).filter((value) => value !== undefined);
    if (values.length > 0) folded[metric] = fold(values);
  }
  return folded;
}
