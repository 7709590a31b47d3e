import type { BenchReport, MeasuredComparison } from './report.ts';
import { type Metric, metrics } from './row.ts';

/** A comparison next to the baseline's. */
export interface Change {
  readonly row: string;
  readonly ours: string;
  readonly metric: Metric;
  readonly against: string;
  readonly before: number;
  readonly now: number;
  readonly verdict: 'worse' | 'better' | 'same';
}

/**
 * Compares the ratios to the peers, which a slower machine leaves alone. Worse is what lies beyond
 * `tolerance` of the baseline's median, on the wrong side of every one of its rounds: a ratio that
 * wanders by itself has to leave its own range first.
 */
export function compareReports(
  baseline: BenchReport,
  report: BenchReport,
  { tolerance }: { readonly tolerance: number },
): Change[] {
  return report.rows.flatMap((row) => {
    const known = baseline.rows.find(({ name }) => name === row.name)?.comparisons ?? [];
    return row.comparisons.flatMap((now): Change[] => {
      const before = known.find((one) => isSame(one, now));
      const { ours, metric, against } = now;
      if (against === undefined || before === undefined) return [];
      const { value, range } = before;
      if (value === null || range === null || now.value === null || value === 0) return [];
      const verdict = judge({ metric, value, range }, now.value, tolerance);
      return [{ row: row.name, ours, metric, against, before: value, now: now.value, verdict }];
    });
  });
}

/** What the baseline compares and the new run does not: a missing row is not a success. */
export function missingFrom(baseline: BenchReport, report: BenchReport): string[] {
  return baseline.rows.flatMap(({ name, comparisons }) => {
    const measured = report.rows.find((row) => row.name === name)?.comparisons ?? [];
    return comparisons
      .filter(({ against, value }) => against !== undefined && value !== null)
      .filter((one) => !measured.some((now) => isSame(one, now) && now.value !== null))
      .map(
        ({ ours, metric, against }) =>
          `${name}: ${ours} beside ${against}, ${metrics[metric].label}`,
      );
  });
}

function isSame(one: MeasuredComparison, other: MeasuredComparison): boolean {
  return one.ours === other.ours && one.metric === other.metric && one.against === other.against;
}

interface JudgedBefore {
  readonly metric: Metric;
  readonly value: number;
  readonly range: readonly [low: number, high: number];
}

function judge(
  { metric, value, range: [low, high] }: JudgedBefore,
  now: number,
  tolerance: number,
): Change['verdict'] {
  const change = metrics[metric].better === 'higher' ? now / value : value / now;
  const outside = now < low || now > high;
  if (!outside || Math.abs(change - 1) <= tolerance) return 'same';
  return change < 1 ? 'worse' : 'better';
}
