import type { SizeDistribution } from '../config/config.ts';

/**
 * Sizes by quantile. Nothing here is random: the mean bytes of a hit decide what a run measures, so
 * they must not swing with the seed. Ranks get their sizes by {@link sizesOfRanks}; new keys walk
 * through the quantiles by {@link quantileOf}, which fills them evenly from the first key on.
 */
export interface SizeQuantiles {
  readonly strata: readonly SizeStratum[];
  /** The size at a quantile, 0 <= share < 1. */
  at(share: number): number;
}

/** One part of a distribution. */
export interface SizeStratum {
  /** Share of all artifacts, 0 to 1. */
  readonly share: number;
  /** The size at a quantile of the part. */
  at(share: number): number;
}

/**
 * The sizes of the blobs that a large public build cache stores, by decade from 1 B up to 100 MB,
 * as sampled there and published with BuildBuddy's load generator (tools/cacheload); even on a
 * logarithmic scale within each decade. Mean 60 KB, median 350 B.
 */
export const buildCacheDecadePercents: readonly number[] = [
  0.02, 33.1, 33.0, 20.2, 9.9, 3.2, 0.5, 0.06,
];

export function createSizeQuantiles(sizes: SizeDistribution): SizeQuantiles {
  const strata = sizes.kind === 'build-cache' ? decadeStrata() : weightedStrata(sizes.sizes);
  return {
    strata,
    at: (share) => {
      let left = share;
      for (const stratum of strata) {
        if (left < stratum.share) return stratum.at(left / stratum.share);
        left -= stratum.share;
      }
      return strata[strata.length - 1]!.at(0.5);
    },
  };
}

function decadeStrata(): SizeStratum[] {
  const sum = buildCacheDecadePercents.reduce((a, b) => a + b, 0);
  return buildCacheDecadePercents.map((percent, decade) => ({
    share: percent / sum,
    at: (share) => Math.floor(10 ** (decade + share)),
  }));
}

function weightedStrata(sizes: readonly { sizeBytes: number; weight: number }[]): SizeStratum[] {
  const sum = sizes.reduce((total, { weight }) => total + weight, 0);
  return sizes.map(({ sizeBytes, weight }) => ({ share: weight / sum, at: () => sizeBytes }));
}

/**
 * Gives each rank of a working set its size, so that the *requests* have the distribution's shape and
 * not only the keys: popular ranks weigh more. Rank by rank, the part that is furthest behind its
 * share of the requests so far gets the rank; within a part the sizes are spread evenly. The same for
 * every seed.
 */
export function sizesOfRanks(
  quantiles: SizeQuantiles,
  count: number,
  probability: (rank: number) => number,
): Float64Array {
  const { strata } = quantiles;
  const given = new Float64Array(strata.length);
  const members = new Uint32Array(strata.length);
  const sizes = new Float64Array(count);
  let requests = 0;
  for (let rank = 0; rank < count; rank += 1) {
    const weight = probability(rank);
    requests += weight;
    let chosen = 0;
    let behind = Number.NEGATIVE_INFINITY;
    for (let index = 0; index < strata.length; index += 1) {
      const lack = strata[index]!.share * requests - given[index]!;
      if (lack > behind) {
        behind = lack;
        chosen = index;
      }
    }
    given[chosen]! += weight;
    sizes[rank] = strata[chosen]!.at(quantileOf(members[chosen]!));
    members[chosen]! += 1;
  }
  return sizes;
}

/** The n-th of a sequence that fills 0 to 1 evenly, also when only every k-th is taken (additive recurrence by the golden ratio, from 0.5). */
export function quantileOf(index: number): number {
  return (0.5 + index * goldenShare) % 1;
}

const goldenShare = (Math.sqrt(5) - 1) / 2;
