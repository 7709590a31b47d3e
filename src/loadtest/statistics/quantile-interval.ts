import { neighbourCorrelation, varianceInflation } from './first-order-series.ts';
import { incompleteBeta, studentTQuantile } from './student-t.ts';

/** Shares of a sample, 0 to 1; `undefined`: the sample has no value that far out. */
export interface ShareInterval {
  readonly low: number | undefined;
  readonly high: number | undefined;
}

/**
 * Between which values of a sample its true quantile lies, in 95 of 100 cases, whatever the values'
 * distribution: the order statistics whose ranks the binomial distribution leaves (H. A. David and
 * H. N. Nagaraja, Order Statistics, 7.1).
 * @param count values in the sample, or as many independent ones as it is worth.
 * @param share of the quantile, 0 to 1.
 * @param degreesOfFreedom of the estimate of `count`; infinite where it is known.
 */
export function quantileInterval(
  count: number,
  share: number,
  degreesOfFreedom: number = Number.POSITIVE_INFINITY,
): ShareInterval {
  // A sample whose worth is known only roughly is worth less.
  const reach = studentTQuantile(1 - tail, Number.POSITIVE_INFINITY);
  const worth = count * (reach / studentTQuantile(1 - tail, degreesOfFreedom)) ** 2;
  if (worth < 1) return { low: undefined, high: undefined };
  // P(the value of this rank lies above the quantile) = P(fewer than `rank` of `worth` lie below it).
  const above = (rank: number): number => incompleteBeta(1 - share, worth - rank + 1, rank);
  const low = above(1) > tail ? undefined : crossing(above, tail, worth).low / worth;
  const high = above(worth) < 1 - tail ? undefined : crossing(above, 1 - tail, worth).high / worth;
  return { low, high };
}

/** Between which ranks a rising function passes a level. */
function crossing(
  of: (rank: number) => number,
  level: number,
  most: number,
): { readonly low: number; readonly high: number } {
  let [low, high] = [1, most];
  for (let step = 0; step < 60 && high - low > 1e-6 * most; step += 1) {
    const middle = (low + high) / 2;
    if (of(middle) < level) low = middle;
    else high = middle;
  }
  return { low, high };
}

/**
 * How many times larger the variance of a share is than it would be with independent values, from how
 * it differs between parts of the sample (L. Kish, Survey Sampling, 1965): operations that are slow
 * together carry less information than as many that are slow alone.
 * @param parts values beyond the quantile, and all values, of each part; 10 parts at least.
 * @returns at least 1, and 1 where there are fewer parts.
 */
export function designEffect(
  parts: readonly { readonly beyond: number; readonly all: number }[],
): number {
  const used = parts.filter(({ all }) => all > 0);
  if (used.length < designPartsLeast) return 1;
  const all = used.reduce((sum, part) => sum + part.all, 0);
  const share = used.reduce((sum, part) => sum + part.beyond, 0) / all;
  if (share === 0 || share === 1) return 1;
  const deviations = used.map((part) => part.beyond - share * part.all);
  const squares = deviations.reduce((sum, deviation) => sum + deviation ** 2, 0);
  const variance = (squares * used.length) / (used.length - 1);
  return Math.max(1, (variance * carriedOver(deviations)) / (all * share * (1 - share)));
}

/**
 * What the variance of a sum grows by because neighbouring parts resemble each other: that of a
 * first-order series, its correlation corrected for being estimated from few parts (M. G. Kendall,
 * Biometrika 41, 1954).
 */
function carriedOver(deviations: readonly number[]): number {
  const correlation = neighbourCorrelation([deviations]) ?? 0;
  const corrected = correlation + (1 + 3 * correlation) / deviations.length;
  return varianceInflation(Math.min(correlationMost, Math.max(0, corrected)));
}

const correlationMost = 0.9;

/** Fewer parts do not show how much they differ. */
export const designPartsLeast = 10;

const tail = 0.025;
