/**
 * Samples of a run, one per second; in a run of hours neighbours become one, so that their number has
 * a bound as that of the windows has.
 */
export class SampleList<T> {
  readonly samples: T[] = [];
  readonly #perEntry: number;
  readonly #merge: (earlier: T, later: T, earlierCount: number) => T;
  #inLast = 0;

  /**
   * @param perEntry how many samples become one entry, at least 1.
   * @param merge makes one of `earlierCount` samples, which are one already, and the next.
   */
  constructor(perEntry: number, merge: (earlier: T, later: T, earlierCount: number) => T) {
    this.#perEntry = perEntry;
    this.#merge = merge;
  }

  add(sample: T): void {
    const last = this.samples.length - 1;
    if (last < 0 || this.#inLast >= this.#perEntry) {
      this.samples.push(sample);
      this.#inLast = 1;
      return;
    }
    this.samples[last] = this.#merge(this.samples[last]!, sample, this.#inLast);
    this.#inLast += 1;
  }
}

/** How many seconds' samples become one: there is one sample per window. */
export function secondsPerSample(windowMs: number): number {
  return Math.max(1, Math.round(windowMs / 1000));
}
