import { midranks } from './ranks.ts';
import { studentTTwoSidedP } from './student-t.ts';

/** Result of the test that two samples come from one distribution. */
export interface MannWhitney {
  /** Pairs (a, b) with a > b, equal ones counting one half. */
  readonly u: number;
  /** Two-sided. */
  readonly pValue: number;
  readonly method: 'exact' | 'normal';
}

/** Up to this many values the p-value is exact. */
export const exactValuesMax = 120;

/**
 * The Mann-Whitney U test (H. B. Mann and D. R. Whitney, Ann. Math. Statist. 18, 1947), two-sided.
 * Exact: the rank sum's distribution over all ways of dealing the values out to the two samples,
 * counted by the recurrence over values; with ties the midranks are dealt out instead (the
 * conditional permutation test: Lehmann, Nonparametrics, 1975, section 1.4), and p is the share of
 * deals at least as far from the mean as this one. Past {@link exactValuesMax} values: the normal
 * approximation with tie term and continuity correction.
 * @throws RangeError for an empty sample.
 */
export function mannWhitney(a: readonly number[], b: readonly number[]): MannWhitney {
  if (a.length === 0 || b.length === 0) throw new RangeError('each sample needs a value');
  const ranks = midranks([...a, ...b]);
  const rankSum = ranks.slice(0, a.length).reduce((sum, rank) => sum + rank, 0);
  const u = rankSum - (a.length * (a.length + 1)) / 2;
  return a.length + b.length <= exactValuesMax
    ? { u, pValue: exactP(ranks, a.length, rankSum), method: 'exact' }
    : { u, pValue: normalP(ranks, a.length, u), method: 'normal' };
}

/**
 * The null distribution of U without ties: element `u` is P(U = u), for samples of `m` and `n`.
 */
export function mannWhitneyDistribution(m: number, n: number): Float64Array {
  const ranks = Array.from({ length: m + n }, (_, index) => index + 1);
  const lowest = m * (m + 1);
  return rankSumDistribution(ranks, m)
    .filter((_, doubledSum) => doubledSum % 2 === 0 && doubledSum >= lowest)
    .slice(0, m * n + 1);
}

function exactP(ranks: readonly number[], m: number, rankSum: number): number {
  const distribution = rankSumDistribution(ranks, m);
  const doubledMean = m * (ranks.length + 1);
  const distance = Math.abs(2 * rankSum - doubledMean);
  let p = 0;
  for (let sum = 0; sum < distribution.length; sum += 1) {
    if (Math.abs(sum - doubledMean) >= distance) p += distribution[sum]!;
  }
  return Math.min(1, p);
}

/** P(twice the sum of `m` of the ranks = index), each choice of `m` equally likely. Midranks doubled are whole. */
function rankSumDistribution(ranks: readonly number[], m: number): Float64Array {
  const sumMax = ranks
    .toSorted((a, b) => b - a)
    .slice(0, m)
    .reduce((sum, rank) => sum + 2 * rank, 0);
  // ways[k][s]: share of deals of k ranks with sum s; shares instead of counts can't overflow.
  const ways = Array.from({ length: m + 1 }, () => new Float64Array(sumMax + 1));
  ways[0]![0] = 1;
  ranks.forEach((rank, index) => {
    const doubled = 2 * rank;
    for (let k = Math.min(m, index + 1); k >= 1; k -= 1) {
      // The share of k-subsets of index + 1 ranks that hold this one is k / (index + 1).
      const share = k / (index + 1);
      const from = ways[k - 1]!;
      const to = ways[k]!;
      for (let sum = sumMax; sum >= 0; sum -= 1) {
        const taken = sum >= doubled ? from[sum - doubled]! : 0;
        to[sum] = share * taken + (1 - share) * to[sum]!;
      }
    }
  });
  return ways[m]!;
}

function normalP(ranks: readonly number[], m: number, u: number): number {
  const total = ranks.length;
  const n = total - m;
  const groups = new Map<number, number>();
  for (const rank of ranks) groups.set(rank, (groups.get(rank) ?? 0) + 1);
  let ties = 0;
  for (const size of groups.values()) ties += size ** 3 - size;
  const variance = ((m * n) / 12) * (total + 1 - ties / (total * (total - 1)));
  if (variance <= 0) return 1;
  const z = Math.max(0, Math.abs(u - (m * n) / 2) - 0.5) / Math.sqrt(variance);
  return studentTTwoSidedP(z, Number.POSITIVE_INFINITY);
}
