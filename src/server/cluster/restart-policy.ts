/** What to do about a worker that died. */
export type RestartDecision =
  | { readonly kind: 'restart'; readonly delayMs: number }
  /** It keeps dying before it serves. Whoever still waits for the first start should hear of it. */
  | { readonly kind: 'give-up'; readonly delayMs: number };

/** A death sooner than this after the start counts towards the back-off. */
const shortLifeMs = 5000;
const firstDelayMs = 100;
/** Deaths in a row, none having served, that mean it will never start. */
const startAttemptsMax = 3;

/** Replaces a worker at once, but a crash loop ever more slowly. */
export class RestartPolicy {
  readonly #delayMsMax: number;
  #shortLives = 0;
  #neverServed = 0;

  /** @param delayMsMax the longest delay; 0 replaces every worker at once. */
  constructor(delayMsMax: number) {
    this.#delayMsMax = delayMsMax;
  }

  onDeath(state: 'starting' | 'serving', livedMs: number): RestartDecision {
    this.#shortLives = livedMs < shortLifeMs ? this.#shortLives + 1 : 0;
    this.#neverServed = state === 'starting' ? this.#neverServed + 1 : 0;
    // The first short life may be chance; from the second on it looks like a loop.
    const delayMs =
      this.#shortLives <= 1
        ? 0
        : Math.min(this.#delayMsMax, firstDelayMs * 2 ** (this.#shortLives - 2));
    return { kind: this.#neverServed >= startAttemptsMax ? 'give-up' : 'restart', delayMs };
  }
}
