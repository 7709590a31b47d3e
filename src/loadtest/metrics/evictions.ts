/**
 * What a cache reports about its evictions during a run. Times count from the start of the measured
 * run.
 */
export interface EvictionHistory {
  /** What the cache may hold. */
  readonly boundBytes: number;
  /** Evicted since before the warm-up, whichever client had stored them. */
  readonly entries: number;
  /** What was stored since before the warm-up by everybody, in order of time. */
  readonly stored: readonly { readonly atMs: number; readonly bytes: number }[];
}

/**
 * An entry goes when it is the one that was used longest ago, which takes as much being stored after
 * it as the cache holds. Less than all of it counts: ranks are coarse, and overwritten bytes are not
 * seen.
 */
const boundShare = 0.75;

/** Determines which missing entries evictions can explain. */
export class EvictionLedger {
  readonly #history: EvictionHistory;
  #left: number;

  constructor(history: EvictionHistory) {
    this.#history = history;
    this.#left = history.entries;
  }

  /** Entries stored by the warm-up or later that were found missing by `atMs`. Takes as many evictions. */
  explainsGoneBy(atMs: number, entries: number): boolean {
    return this.#take(this.#storedBy(atMs), entries);
  }

  /**
   * Entries stored from `atMs` on that were found missing later. They are a sample: each represents
   * `share` entries that are gone, and takes as many evictions.
   */
  explainsStoredFrom(atMs: number, entries: number, share: number): boolean {
    const last = this.#history.stored.at(-1)?.bytes ?? 0;
    const before = this.#history.stored.findLast((sample) => sample.atMs <= atMs)?.bytes ?? 0;
    return this.#take(last - before, entries * share);
  }

  #take(storedBytes: number, entries: number): boolean {
    const { boundBytes } = this.#history;
    if (boundBytes === 0 || storedBytes < boundShare * boundBytes) return false;
    if (entries > this.#left) return false;
    this.#left -= entries;
    return true;
  }

  #storedBy(atMs: number): number {
    const { stored } = this.#history;
    const sample = stored.find((one) => one.atMs >= atMs) ?? stored.at(-1);
    return sample?.bytes ?? 0;
  }
}
