import type { KeyDistribution } from '../config/config.ts';
import type { Random } from '../statistics/random.ts';

/** The chosen one of `count` ranks; rank 0 is the most popular. */
export interface RankDistribution {
  draw(random: Random): number;
  /** How often a rank is drawn, 0 to 1. */
  probability(rank: number): number;
}

/** @param count at least 1. */
export function createRankDistribution(keys: KeyDistribution, count: number): RankDistribution {
  return keys.kind === 'uniform' ? new UniformRanks(count) : new ZipfRanks(count, keys.exponent);
}

class UniformRanks implements RankDistribution {
  readonly #count: number;

  constructor(count: number) {
    this.#count = count;
  }

  draw(random: Random): number {
    return Math.floor(random() * this.#count);
  }

  probability(): number {
    return 1 / this.#count;
  }
}

/**
 * Zipf's law over a bounded number of ranks, p(k) ~ 1 / (k + 1)^exponent, by the inverse of its exact
 * cumulative distribution. A guide table leads to the neighbourhood, so a draw costs a step or two
 * whatever the number of ranks.
 */
class ZipfRanks implements RankDistribution {
  /** cumulative[k] = P(rank <= k). */
  readonly #cumulative: Float64Array;
  /** First rank whose cumulative probability is above i / guides. */
  readonly #guide: Uint32Array;

  constructor(count: number, exponent: number) {
    const cumulative = new Float64Array(count);
    let sum = 0;
    for (let rank = 0; rank < count; rank += 1) {
      sum += (rank + 1) ** -exponent;
      cumulative[rank] = sum;
    }
    for (let rank = 0; rank < count; rank += 1) cumulative[rank]! /= sum;
    cumulative[count - 1] = 1;
    this.#cumulative = cumulative;
    this.#guide = new Uint32Array(count);
    for (let guide = 0, rank = 0; guide < count; guide += 1) {
      while (cumulative[rank]! <= guide / count) rank += 1;
      this.#guide[guide] = rank;
    }
  }

  draw(random: Random): number {
    const x = random();
    let rank = this.#guide[Math.floor(x * this.#guide.length)]!;
    while (this.#cumulative[rank]! <= x) rank += 1;
    return rank;
  }

  probability(rank: number): number {
    return this.#cumulative[rank]! - (rank === 0 ? 0 : this.#cumulative[rank - 1]!);
  }
}
