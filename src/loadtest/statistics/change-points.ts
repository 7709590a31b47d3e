import { bestSplit } from './e-divisive.ts';
import { mean, pValueOf, variance } from './welch.ts';

/** A place at which a series changed its level. */
export interface ChangePoint {
  /** The index of the first value at the new level. */
  readonly index: number;
  /** Means of the stretches before and after it, up to the neighbouring change points. */
  readonly before: number;
  readonly after: number;
  readonly pValue: number;
}

/** A change is one from this p on. Small, because every place of the series is tried (Otava's default). */
export const changePointAlpha = 0.001;

/** No stretch is shorter: two odd runs are no new level. */
export const stretchMin = 3;

/**
 * Change points of a series in order of time: E-Divisive's splits, each judged by Student's t-test
 * instead of by random permutations, so that the same series always gives the same answer. That, and
 * the second pass (split generously, then take away the weakest until all that stay are significant
 * between their neighbours) are Apache Otava's and before it Hunter's (M. Fleming et al., Hunter:
 * Using Change Point Detection to Hunt for Performance Regressions, ICPE 2023).
 */
export function changePoints(values: readonly number[], alpha = changePointAlpha): ChangePoint[] {
  const indexes = splitAll(values, 0, values.length, 10 * alpha).sort((a, b) => a - b);
  for (;;) {
    const found = indexes.map((index, at) =>
      judge(values, indexes[at - 1] ?? 0, index, indexes[at + 1] ?? values.length),
    );
    const weakest = found.reduce<ChangePoint | undefined>(
      (worst, point) => (worst === undefined || point.pValue > worst.pValue ? point : worst),
      undefined,
    );
    if (weakest === undefined || weakest.pValue <= alpha) return found;
    indexes.splice(indexes.indexOf(weakest.index), 1);
  }
}

function splitAll(values: readonly number[], from: number, to: number, alpha: number): number[] {
  const split = bestSplit(values.slice(from, to), stretchMin);
  if (split === undefined) return [];
  const index = from + split.index;
  if (judge(values, from, index, to).pValue > alpha) return [];
  return [...splitAll(values, from, index, alpha), index, ...splitAll(values, index, to, alpha)];
}

/** Student's t-test of equal variance: with few runs at a new level, their own spread tells nothing yet. */
function judge(values: readonly number[], from: number, index: number, to: number): ChangePoint {
  const [a, b] = [values.slice(from, index), values.slice(index, to)];
  const df = a.length + b.length - 2;
  const pooled = ((a.length - 1) * variance(a) + (b.length - 1) * variance(b)) / df;
  const standardError = Math.sqrt(pooled * (1 / a.length + 1 / b.length));
  const [before, after] = [mean(a), mean(b)];
  return { index, before, after, pValue: pValueOf(after - before, standardError, df) };
}
