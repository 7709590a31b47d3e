/** By what factor one side's figure lies above the other's. */
export interface PairedRatio {
  readonly ratio: number;
  readonly low: number;
  readonly high: number;
  /** The probability with which [low, high] covers the true ratio: at least what was asked, if pairs allow. */
  readonly level: number;
}

/**
 * The Hodges-Lehmann estimate of the ratio and its distribution-free interval. The estimate is the
 * median of the geometric means of any two ratios (each with itself too), and the interval holds the
 * ratios that Wilcoxon's exact signed-rank test of the logarithms does not reject. It assumes that
 * the logarithms lie symmetrically about the true one, which pairs measured in random order do, and
 * nothing else about how they scatter. Source: M. Hollander and D. A. Wolfe, Nonparametric
 * Statistical Methods, 3.2 and 3.3; R's `wilcox.test(log(ratios), conf.int = TRUE)` answers the same.
 *
 * Fewer than six pairs reach no 95 %: the interval is then their whole range, and `level` says less.
 * @throws {RangeError} without a ratio, or where one is not positive.
 */
export function pairedRatio(ratios: readonly number[], level = 0.95): PairedRatio {
  if (ratios.length === 0 || !ratios.every((ratio) => ratio > 0 && Number.isFinite(ratio))) {
    throw new RangeError(`ratios must be positive numbers, at least one: ${ratios.join(', ')}`);
  }
  const logs = ratios.map(Math.log);
  const means = logs
    .flatMap((a, index) => logs.slice(index).map((b) => (a + b) / 2))
    .sort((a, b) => a - b);
  const { cut, outside } = cutOf(ratios.length, (1 - level) / 2);
  const middle = means.length >> 1;
  const estimate =
    means.length % 2 === 1 ? means[middle]! : (means[middle - 1]! + means[middle]!) / 2;
  return {
    ratio: Math.exp(estimate),
    low: Math.exp(means[cut - 1]!),
    high: Math.exp(means[means.length - cut]!),
    level: 1 - 2 * outside,
  };
}

/**
 * Which of the sorted means, counted from either end, bounds the interval: the largest `cut` for
 * which the rank sum is below `cut` with at most probability `tail`, and that probability.
 */
function cutOf(count: number, tail: number): { readonly cut: number; readonly outside: number } {
  const probabilities = rankSumDistribution(count);
  let cut = 1;
  let outside = probabilities[0]!;
  while (outside + probabilities[cut]! <= tail) {
    outside += probabilities[cut]!;
    cut += 1;
  }
  return { cut, outside };
}

/** P(W = w) of the sum of those ranks 1 to `count` that a fair coin picks. */
function rankSumDistribution(count: number): number[] {
  let probabilities = [1];
  for (let rank = 1; rank <= count; rank += 1) {
    const next = new Array<number>(probabilities.length + rank).fill(0);
    for (const [sum, probability] of probabilities.entries()) {
      next[sum]! += probability / 2;
      next[sum + rank]! += probability / 2;
    }
    probabilities = next;
  }
  return probabilities;
}
