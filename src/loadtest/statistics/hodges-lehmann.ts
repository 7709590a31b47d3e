import { mannWhitneyDistribution } from './mann-whitney.ts';

/** By how much `to` lies above `from`, and the interval that the Mann-Whitney test leaves possible. */
export interface Shift {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}

/**
 * The Hodges-Lehmann shift: the median of all differences to - from, with the confidence interval
 * that inverts the exact Mann-Whitney test, so that it leaves 0 out where the test at the same
 * level says that the samples differ. Source: M. Hollander and D. A. Wolfe, Nonparametric
 * Statistical Methods, 4.2 and 4.3; R's `wilcox.test(conf.int = TRUE)` returns the same.
 */
export function hodgesLehmann(from: readonly number[], to: readonly number[], level = 0.95): Shift {
  const differences = to.flatMap((b) => from.map((a) => b - a)).sort((a, b) => a - b);
  const pairs = differences.length;
  const cut = Math.max(1, lowerQuantile(from.length, to.length, (1 - level) / 2));
  const middle = pairs >> 1;
  return {
    estimate:
      pairs % 2 === 1
        ? differences[middle]!
        : (differences[middle - 1]! + differences[middle]!) / 2,
    low: differences[cut - 1]!,
    high: differences[pairs - cut]!,
  };
}

/** The smallest u with P(U <= u) >= `probability`. */
function lowerQuantile(m: number, n: number, probability: number): number {
  let sum = 0;
  for (const [u, p] of mannWhitneyDistribution(m, n).entries()) {
    sum += p;
    // As R does: a sum that rounding keeps just below the mark counts as having reached it.
    if (sum >= probability * (1 - 1e-12)) return u;
  }
  return m * n;
}
