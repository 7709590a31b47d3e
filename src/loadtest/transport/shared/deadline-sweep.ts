/** Something that must be over by a time. */
export interface Bounded {
  /** On the worker's clock; Infinity while nothing is under way. */
  readonly deadlineMs: number;
  expire(): void;
}

/**
 * Ends what has outlived its deadline. One timer for all connections of a worker looks them over
 * every {@link sweepMs}: a timer per exchange would cost more than the exchange's own bookkeeping.
 * So an expiry comes up to that much late; what is recorded is the bound.
 */
export class DeadlineSweep {
  readonly #members = new Set<Bounded>();
  #timer: NodeJS.Timeout | undefined;

  add(member: Bounded): void {
    this.#members.add(member);
    this.#timer ??= setInterval(() => this.#sweep(), sweepMs);
  }

  delete(member: Bounded): void {
    this.#members.delete(member);
    if (this.#members.size === 0) this.close();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #sweep(): void {
    const now = performance.now();
    for (const member of this.#members) if (member.deadlineMs <= now) member.expire();
  }
}

const sweepMs = 20;
