import { median } from './median.ts';

/**
 * Trend of a series at equal distances: is there one (Mann-Kendall), and how steep (Theil-Sen).
 * Sources: M. G. Kendall, Rank Correlation Methods (1975), for S, its variance and the tie term;
 * H. Theil (1950) and P. K. Sen (1968) for the slope; K. H. Hamed and A. R. Rao, "A modified
 * Mann-Kendall trend test for autocorrelated data", J. Hydrology 204 (1998), for the variance of
 * series whose neighbours resemble each other, as windows of one run do.
 */
export interface Trend {
  /** Median of all pairwise slopes, per step. */
  readonly slopePerStep: number;
  /** Two-sided p of no trend, variance corrected for autocorrelation. */
  readonly pValue: number;
}

/** The trend of at least 4 finite values; `undefined` for fewer. */
export function trendOf(values: readonly number[]): Trend | undefined {
  if (values.length < 4) return undefined;
  const slopePerStep = theilSenSlope(values);
  const inflation = varianceInflation(values, slopePerStep);
  return { slopePerStep, pValue: mannKendallPValue(values, inflation) };
}

/** Median of (xj - xi) / (j - i) over all i < j. */
export function theilSenSlope(values: readonly number[]): number {
  const slopes: number[] = [];
  for (let j = 1; j < values.length; j += 1) {
    for (let i = 0; i < j; i += 1) slopes.push((values[j]! - values[i]!) / (j - i));
  }
  return median(slopes);
}

/**
 * Two-sided p by the normal approximation with continuity correction and tie term, good from about
 * ten values on. `inflation` is what autocorrelation multiplies the variance by.
 */
export function mannKendallPValue(values: readonly number[], inflation = 1): number {
  const n = values.length;
  let s = 0;
  for (let j = 1; j < n; j += 1) {
    for (let i = 0; i < j; i += 1) s += Math.sign(values[j]! - values[i]!);
  }
  let ties = 0;
  for (const count of groupSizes(values)) ties += count * (count - 1) * (2 * count + 5);
  const variance = ((n * (n - 1) * (2 * n + 5) - ties) / 18) * inflation;
  if (variance <= 0 || s === 0) return 1;
  const z = (Math.abs(s) - 1) / Math.sqrt(variance);
  return 2 * (1 - normalCdf(z));
}

/**
 * Hamed and Rao's n/n*: 1 + 2/(n(n-1)(n-2)) * sum over lags k of (n-k)(n-k-1)(n-k-2) r(k), with r
 * the autocorrelation of the ranks after the trend is taken off. A run gives some twenty windows,
 * too few to separate r(k) from noise lag by lag: in simulation (trend.test.ts) that version still
 * called 8 % of trendless series with r(1) = 0.5 a trend at p < 0.01, plain Mann-Kendall 9 %. So
 * r(k) is that of a first-order process, r(1)^k, with r(1) corrected for its bias: 3 %.
 */
export function varianceInflation(values: readonly number[], slopePerStep: number): number {
  const n = values.length;
  const ranks = ranksOf(values.map((value, index) => value - slopePerStep * index));
  const mean = (n + 1) / 2;
  let spread = 0;
  let product = 0;
  for (let i = 0; i < n; i += 1) {
    spread += (ranks[i]! - mean) ** 2;
    if (i > 0) product += (ranks[i]! - mean) * (ranks[i - 1]! - mean);
  }
  if (spread === 0 || n <= 4) return 1;
  // Kendall's correction of r(1) for short series. A negative one must not make the test bolder.
  const correlation = Math.min(0.9, Math.max(0, ((n * product) / spread + 1) / (n - 4)));
  let sum = 0;
  for (let lag = 1; lag <= n - 3; lag += 1) {
    sum += (n - lag) * (n - lag - 1) * (n - lag - 2) * correlation ** lag;
  }
  return 1 + (2 / (n * (n - 1) * (n - 2))) * sum;
}

/** Ranks from 1, ties sharing their mean. */
function ranksOf(values: readonly number[]): number[] {
  const order = values.map((_, index) => index).sort((a, b) => values[a]! - values[b]!);
  const ranks = new Array<number>(values.length).fill(0);
  for (let start = 0; start < order.length; ) {
    let end = start;
    while (end + 1 < order.length && values[order[end + 1]!] === values[order[start]!]) end += 1;
    for (let i = start; i <= end; i += 1) ranks[order[i]!] = (start + end) / 2 + 1;
    start = end + 1;
  }
  return ranks;
}

function groupSizes(values: readonly number[]): Iterable<number> {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts.values();
}

/** Abramowitz and Stegun 26.2.17; absolute error below 7.5e-8. */
function normalCdf(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const polynomial =
    t *
    (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const tail = (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * polynomial;
  return z >= 0 ? 1 - tail : tail;
}
