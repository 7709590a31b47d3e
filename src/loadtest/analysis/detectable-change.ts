import { createRandom, type Random } from '../workload/random.ts';
import { detectionPower } from './evidence.ts';
import { exactValuesMax, mannWhitneyDistribution } from './mann-whitney.ts';
import { studentTQuantile } from './student-t.ts';
import { variance } from './welch.ts';

/**
 * The smallest shift that a two-sided Mann-Whitney test at `alpha` finds four times in five, were the
 * two samples' scatter normal with the spread seen within them. Infinite where samples of these
 * sizes can't be significant at all.
 */
export function detectableByMannWhitney(
  from: readonly number[],
  to: readonly number[],
  alpha: number,
): number {
  const [m, n] = [from.length, to.length];
  const squares = [from, to]
    .map((sample) => (sample.length < 2 ? 0 : (sample.length - 1) * variance(sample)))
    .reduce((sum, part) => sum + part, 0);
  const df = m + n - 2;
  // The spread is itself known from a few runs only; unbiased (c4) it makes the answer true on average.
  const spread = Math.sqrt(squares / df) * (1 + 1 / (4 * df));
  return spread === 0 ? 0 : spread * shiftInSpreads(m, n, alpha);
}

const simulated = new Map<string, number>();

/** How many standard deviations of a single value the samples must lie apart. */
function shiftInSpreads(m: number, n: number, alpha: number): number {
  const key = `${m}:${n}:${alpha}`;
  const known = simulated.get(key) ?? simulateShift(m, n, alpha);
  simulated.set(key, known);
  return known;
}

/**
 * Samples of the standard normal, `rounds` times: one is moved until U reaches significance, which
 * it does when as many pairs as that takes have changed sides. The shift that suffices in the share
 * {@link detectionPower} of the rounds is the answer. Seeded: the same sizes give the same answer.
 */
function simulateShift(m: number, n: number, alpha: number): number {
  if (m + n > exactValuesMax / 2) {
    // Pitman's efficiency of the test for normal values, 3 / pi.
    const z = (p: number): number => studentTQuantile(p, Number.POSITIVE_INFINITY);
    return (z(1 - alpha / 2) + z(detectionPower)) * Math.sqrt((1 / m + 1 / n) * (Math.PI / 3));
  }
  const pairs = pairsNeeded(m, n, alpha);
  if (pairs === undefined) return Number.POSITIVE_INFINITY;
  const random = createRandom(1, m * 1000 + n);
  const rounds = 2_000;
  const shifts = Array.from({ length: rounds }, () => {
    const a = Array.from({ length: m }, () => standardNormal(random));
    const b = Array.from({ length: n }, () => standardNormal(random));
    return a.flatMap((x) => b.map((y) => x - y)).sort((x, y) => x - y)[pairs - 1]!;
  }).sort((x, y) => x - y);
  return shifts[Math.ceil(detectionPower * rounds) - 1]!;
}

/** The smallest U above its mean that is significant; `undefined` where none is. */
function pairsNeeded(m: number, n: number, alpha: number): number | undefined {
  const distribution = mannWhitneyDistribution(m, n);
  let tail = 0;
  let needed: number | undefined;
  for (let u = m * n; u > (m * n) / 2; u -= 1) {
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

/** A share of which `operations` were looked at can't be seen to change by less than a few of them: points. */
export function detectableShareFloor(operations: number): number {
  return operations > 0 ? (100 * 5) / operations : Number.POSITIVE_INFINITY;
}
