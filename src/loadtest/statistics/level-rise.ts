import { correlationWithin, firstOrderSeries } from './first-order-series.ts';
import { createRandom } from './random.ts';

/** The place from which on a series lies higher most clearly. */
export interface LevelRise {
  /** The index of the first value at the higher level. */
  readonly index: number;
  /** One-sided p of no rise anywhere, for a series whose neighbours resemble each other. */
  readonly pValue: number;
}

/** No stretch before or after the place is shorter. */
export const levelStretchMin = 3;
/** Windows of a steady run are taken to be correlated at least this much. */
const correlationLeast = 0.6;
const correlationMost = 0.95;
const nullRounds = 4_000;

/**
 * Tests for a step up at an unknown place: the largest two-sample t over all places (D. M. Hawkins,
 * "Testing a sequence of observations for a shift in location", JASA 72, 1977). Its null distribution
 * is that of first-order series of the same length, simulated with a fixed seed. The correlation is
 * taken within the two stretches, since a step that is left in looks like one (S. Yue and C. Y. Wang,
 * Water Resources Research 38, 2002, for trends; M. Robbins et al., J. Time Series Analysis 32, 2011,
 * for steps), and as 0.6 where it comes out smaller: some twenty values cannot distinguish 0.2 from 0.6, and
 * steps that matter are far beyond either.
 * @returns `undefined` below 12 values.
 */
export function levelRise(values: readonly number[]): LevelRise | undefined {
  if (values.length < 4 * levelStretchMin) return undefined;
  const { t, index } = largestRise(values);
  if (t <= 0) return { index, pValue: 1 };
  const correlation = Math.min(
    correlationMost,
    Math.max(correlationLeast, correlationWithin(values, index)),
  );
  const distribution = nullDistribution(values.length, Math.ceil(20 * correlation) / 20);
  const beyond = distribution.length - countBelow(distribution, t);
  return { index, pValue: (beyond + 1) / (distribution.length + 1) };
}

/** The largest t statistic of later minus earlier values; 0 for a constant series. */
function largestRise(values: readonly number[]): { t: number; index: number } {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const total = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  let best = { t: Number.NEGATIVE_INFINITY, index: levelStretchMin };
  let sum = 0;
  for (let index = 1; index <= n - levelStretchMin; index += 1) {
    sum += values[index - 1]! - mean;
    if (index < levelStretchMin) continue;
    const rise = -sum / (n - index) - sum / index;
    const between = (rise ** 2 * index * (n - index)) / n;
    // A perfect step leaves nothing within; rounding must not make that negative.
    const within = Math.max(1e-12 * total, total - between) / (n - 2);
    const t = within === 0 ? 0 : rise / Math.sqrt(within * (1 / index + 1 / (n - index)));
    if (t > best.t) best = { t, index };
  }
  return best;
}

const known = new Map<string, Float64Array>();

/** Sorted. */
function nullDistribution(length: number, correlation: number): Float64Array {
  const key = `${length}:${correlation}`;
  let distribution = known.get(key);
  if (distribution === undefined) {
    const random = createRandom(1, length);
    distribution = Float64Array.from(
      { length: nullRounds },
      () => largestRise(firstOrderSeries(random, length, correlation)).t,
    ).sort();
    known.set(key, distribution);
  }
  return distribution;
}

function countBelow(sorted: Float64Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
