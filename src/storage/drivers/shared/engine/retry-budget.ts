/**
 * Bounds retries to a share of the calls, so that an engine in trouble is not given a multiple of its
 * load: each call pays in a share of a retry, and a retry takes one out.
 */
export class RetryBudget {
  readonly #share: number;
  readonly #savedMax: number;
  #saved: number;

  /**
   * @param share retries per call in the long run.
   * @param savedMax how many may be made in a row after a quiet time.
   */
  constructor(share: number, savedMax: number) {
    this.#share = share;
    this.#savedMax = savedMax;
    this.#saved = savedMax;
  }

  called(): void {
    this.#saved = Math.min(this.#savedMax, this.#saved + this.#share);
  }

  /** @returns whether a retry may be made now. */
  takeRetry(): boolean {
    if (this.#saved < 1) return false;
    this.#saved -= 1;
    return true;
  }
}
