import { exactValuesMax, mannWhitneyDistribution } from './mann-whitney.ts';
import { createRandom, type Random } from './random.ts';
import { studentTQuantile } from './student-t.ts';
import { variance, welch } from './welch.ts';

/** Chance with which a change of the size called detectable is found. */
export const detectionPower = 0.8;

/** The tests over runs whose power can be asked for. */
export type RunTest = 'mann-whitney' | 'welch';

/**
 * The smallest shift that the two-sided test at `alpha` finds four times in five, were the two
 * samples' scatter normal with the spread seen within them. Infinite where samples of these sizes
 * can't be significant at all. Each sample has two values or more.
 */
export function detectableShift(
  test: RunTest,
  from: readonly number[],
  to: readonly number[],
  alpha: number,
): number {
  const [m, n] = [from.length, to.length];
  const df = m + n - 2;
  const pooled = ((m - 1) * variance(from) + (n - 1) * variance(to)) / df;
  // A few runs estimate their spread badly, and more often too small than too large. The median of chi-squared (Wilson and
  // Hilferty) corrects that, so that the answer is as often too large as too small.
  const spread = Math.sqrt(pooled / (1 - 2 / (9 * df)) ** 3);
  return spread === 0 ? 0 : spread * shiftInSpreads(test, m, n, alpha);
}

/**
 * The smallest change of a share that a sample of `operations` can show, since it moves by whole
 * operations: points.
 */
export function detectableShareFloor(operations: number): number {
  return operations > 0 ? (100 * 5) / operations : Number.POSITIVE_INFINITY;
}

const known = new Map<string, number>();

/** How many standard deviations of a single value the samples must lie apart. */
function shiftInSpreads(test: RunTest, m: number, n: number, alpha: number): number {
  const key = `${test}:${m}:${n}:${alpha}`;
  const shift = known.get(key) ?? simulateShift(test, m, n, alpha);
  known.set(key, shift);
  return shift;
}

/**
 * Samples of the standard normal, `rounds` times: one is moved until the test is significant. The
 * shift that suffices in the share {@link detectionPower} of the rounds is the answer. Seeded: the
 * same sizes give the same answer.
 */
function simulateShift(test: RunTest, m: number, n: number, alpha: number): number {
  if (m + n > exactValuesMax / 2) {
    // Pitman's efficiency of the rank test for normal values is 3 / pi.
    const efficiency = test === 'mann-whitney' ? 3 / Math.PI : 1;
    const z = (p: number): number => studentTQuantile(p, Number.POSITIVE_INFINITY);
    return (z(1 - alpha / 2) + z(detectionPower)) * Math.sqrt((1 / m + 1 / n) / efficiency);
  }
  const shiftNeeded = test === 'welch' ? welchShift : mannWhitneyShift(m, n);
  const random = createRandom(1, m * 1000 + n);
  const rounds = 4_000;
  const shifts = Array.from({ length: rounds }, () => {
    const a = Array.from({ length: m }, () => standardNormal(random));
    const b = Array.from({ length: n }, () => standardNormal(random));
    return shiftNeeded(a, b, alpha);
  }).sort((x, y) => x - y);
  return shifts[Math.ceil(detectionPower * rounds) - 1]!;
}

/** By how much `b` must be moved up for Welch's test: the shift changes neither spread nor degrees of freedom. */
function welchShift(a: readonly number[], b: readonly number[], alpha: number): number {
  const { estimate, standardError, degreesOfFreedom } = welch(a, b);
  return studentTQuantile(1 - alpha / 2, degreesOfFreedom) * standardError - estimate;
}

/** And for the rank test: until as many pairs as significance takes have changed sides. */
function mannWhitneyShift(
  m: number,
  n: number,
): (a: readonly number[], b: readonly number[], alpha: number) => number {
  const distribution = mannWhitneyDistribution(m, n);
  return (a, b, alpha) => {
    const pairs = pairsNeeded(distribution, alpha);
    if (pairs === undefined) return Number.POSITIVE_INFINITY;
    return a.flatMap((x) => b.map((y) => x - y)).sort((x, y) => x - y)[pairs - 1]!;
  };
}

/** The smallest U above its mean that is significant; `undefined` where none is. */
function pairsNeeded(distribution: Float64Array, alpha: number): number | undefined {
  let tail = 0;
  let needed: number | undefined;
  for (let u = distribution.length - 1; u > (distribution.length - 1) / 2; u -= 1) {
    tail += distribution[u]!;
    if (2 * tail > alpha) break;
    needed = u;
  }
  return needed;
}

/** Box and Muller. */
export function standardNormal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
