import type { SimulatedCache } from './eviction-policy.ts';
import { ReuseDistances } from './reuse-distances.ts';
import { S3FifoCache } from './s3-fifo.ts';
import { SieveCache } from './sieve.ts';

/** Hit rates of a cache of one size, percent of the lookups. */
export interface MissRatioPoint {
  readonly sizeBytes: number;
  readonly lruPercent: number;
  readonly sievePercent: number;
  readonly s3FifoPercent: number;
}

/**
 * The hit rate of caches of several sizes: LRU from the reuse distances, the others by simulation.
 * With a sample of the keys, distances are divided by its share, and simulated caches are smaller by it
 * (C. Waldspurger et al., Cache modeling and optimization using miniature simulations, ATC 2017). A
 * sample that has more or fewer lookups than its share is corrected as SHARDS-adj does, by hits.
 */
export class MissRatioCurve {
  readonly #points: readonly Simulated[];
  readonly #share: number;
  readonly #distances = new ReuseDistances();
  #lookups = 0;
  #sampledLookups = 0;
  #unlimitedHits = 0;

  constructor(sizesBytes: readonly number[], share: number) {
    this.#share = share;
    this.#points = sizesBytes.map((sizeBytes) => ({
      sizeBytes,
      hits: { lru: 0, sieve: 0, s3Fifo: 0 },
      sieve: new SieveCache(share * sizeBytes),
      s3Fifo: new S3FifoCache(share * sizeBytes),
    }));
  }

  /** A lookup of the trace, in the sample or not. */
  countLookup(): void {
    this.#lookups += 1;
  }

  /** A lookup in the sample. What is not found is stored. */
  lookUp(key: string, sizeBytes: number): void {
    this.#sampledLookups += 1;
    const distance = this.#distances.use(key, sizeBytes);
    if (distance !== undefined) this.#unlimitedHits += 1;
    for (const { sizeBytes: limit, hits, sieve, s3Fifo } of this.#points) {
      if (distance !== undefined && distance <= limit * this.#share) hits.lru += 1;
      if (sieve.use(key, sizeBytes)) hits.sieve += 1;
      if (s3Fifo.use(key, sizeBytes)) hits.s3Fifo += 1;
    }
  }

  store(key: string, sizeBytes: number): void {
    this.#distances.use(key, sizeBytes);
    for (const { sieve, s3Fifo } of this.#points) {
      sieve.use(key, sizeBytes);
      s3Fifo.use(key, sizeBytes);
    }
  }

  remove(key: string): void {
    this.#distances.remove(key);
    for (const { sieve, s3Fifo } of this.#points) {
      sieve.remove(key);
      s3Fifo.remove(key);
    }
  }

  get unlimitedHitRatePercent(): number | null {
    return this.#lookups === 0 ? null : this.#percent(this.#unlimitedHits);
  }

  points(): MissRatioPoint[] {
    return this.#points.map(({ sizeBytes, hits }) => ({
      sizeBytes,
      lruPercent: this.#percent(hits.lru),
      sievePercent: this.#percent(hits.sieve),
      s3FifoPercent: this.#percent(hits.s3Fifo),
    }));
  }

  #percent(hits: number): number {
    const expected = this.#lookups * this.#share;
    const corrected = hits + expected - this.#sampledLookups;
    return expected === 0 ? 0 : Math.min(100, Math.max(0, (100 * corrected) / expected));
  }
}

interface Simulated {
  readonly sizeBytes: number;
  readonly hits: { lru: number; sieve: number; s3Fifo: number };
  readonly sieve: SimulatedCache;
  readonly s3Fifo: SimulatedCache;
}
