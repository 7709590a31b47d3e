import type { EvictionSample } from './operation.ts';

/** What samples of the store's count say of when it may have evicted something. */
export class Evictions {
  readonly #samples: readonly EvictionSample[];

  constructor(samples: readonly EvictionSample[]) {
    this.#samples = [...samples].sort((a, b) => a.askedMs - b.askedMs);
  }

  /**
   * Whether the store counted an eviction that may lie between two moments: between the last sample
   * before the one and the first sample after the other. Without samples it counted none.
   */
  mayLieBetween(fromMs: number, untilMs: number): boolean {
    const before =
      this.#samples.findLast(({ answeredMs }) => answeredMs <= fromMs) ?? this.#samples[0];
    const after = this.#samples.find(({ askedMs }) => askedMs >= untilMs) ?? this.#samples.at(-1);
    if (before === undefined || after === undefined) return false;
    return after.evictedEntries > before.evictedEntries;
  }
}
