import { bestSplit } from './e-divisive.ts';
import { correlationWithin, varianceInflation } from './first-order-series.ts';
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

/** No stretch is shorter: two odd runs are not a new level. */
export const stretchMin = 3;

/**
 * Change points of a series in order of time: E-Divisive's splits, each judged by Student's t-test
 * instead of by random permutations, so that the same series always gives the same answer. That, and
 * the second pass (split generously, then take away the weakest until all that stay are significant
 * between their neighbours) are Apache Otava's and before it Hunter's (M. Fleming et al., Hunter:
 * Using Change Point Detection to Hunt for Performance Regressions, ICPE 2023).
 *
 * @param correlation what neighbours are taken to be correlated at least. The standard error of a
 * mean grows by sqrt((1 + r) / (1 - r)), and as many fewer values count as independent (G. V. Bayley
 * and J. M. Hammersley, Suppl. J. Royal Statistical Society 8, 1946); r is estimated around the two
 * levels, where a step is not a correlation.
 */
export function changePoints(
  values: readonly number[],
  alpha = changePointAlpha,
  correlation = 0,
): ChangePoint[] {
  const test: SplitTest = (from, index, to) => judge(values, { from, index, to }, correlation);
  const indexes = splitAll(values, { from: 0, to: values.length }, 10 * alpha, test).sort(
    (a, b) => a - b,
  );
  for (;;) {
    const found = indexes.map((index, at) =>
      test(indexes[at - 1] ?? 0, index, indexes[at + 1] ?? values.length),
    );
    const weakest = found.reduce<ChangePoint | undefined>(
      (worst, point) => (worst === undefined || point.pValue > worst.pValue ? point : worst),
      undefined,
    );
    if (weakest === undefined || weakest.pValue <= alpha) return found;
    indexes.splice(indexes.indexOf(weakest.index), 1);
  }
}

type SplitTest = (from: number, index: number, to: number) => ChangePoint;

function splitAll(
  values: readonly number[],
  { from, to }: { readonly from: number; readonly to: number },
  alpha: number,
  test: SplitTest,
): number[] {
  const split = bestSplit(values.slice(from, to), stretchMin);
  if (split === undefined) return [];
  const index = from + split.index;
  if (test(from, index, to).pValue > alpha) return [];
  return [
    ...splitAll(values, { from, to: index }, alpha, test),
    index,
    ...splitAll(values, { from: index, to }, alpha, test),
  ];
}

const correlationMost = 0.9;

/** Student's t-test of equal variance: with few runs at a new level, their own spread says nothing yet. */
function judge(
  values: readonly number[],
  { from, index, to }: { readonly from: number; readonly index: number; readonly to: number },
  correlation: number,
): ChangePoint {
  const [a, b] = [values.slice(from, index), values.slice(index, to)];
  const count = a.length + b.length - 2;
  const pooled = ((a.length - 1) * variance(a) + (b.length - 1) * variance(b)) / count;
  const found = correlation === 0 ? 0 : correlationWithin(values.slice(from, to), index - from);
  const r = Math.min(correlationMost, Math.max(correlation, found));
  const inflation = varianceInflation(r);
  const standardError = Math.sqrt(inflation * pooled * (1 / a.length + 1 / b.length));
  const [before, after] = [mean(a), mean(b)];
  const pValue = pValueOf(after - before, standardError, Math.max(1, count / inflation));
  return { index, before, after, pValue };
}
