/**
 * Time limits of many promises by one timer, since one for each would cost more than the command
 * that it watches. A limit is kept to {@link sweepMs}.
 */
export class TimeLimits {
  readonly #pending = new Set<Pending>();
  #timer: NodeJS.Timeout | undefined;

  /**
   * Settles as the promise does, or fails once the time is over, whatever the promise does then.
   * @throws {TimeLimitError}
   */
  keep<T>(promise: Promise<T>, limitMs: number): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const pending: Pending = { endsMs: performance.now() + limitMs, limitMs, reject };
      this.#pending.add(pending);
      this.#timer ??= setInterval(() => this.#sweep(), sweepMs);
      promise.then(
        (value) => {
          this.#pending.delete(pending);
          resolve(value);
        },
        (error: unknown) => {
          this.#pending.delete(pending);
          reject(error);
        },
      );
    });
  }

  #sweep(): void {
    if (this.#pending.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
      return;
    }
    const nowMs = performance.now();
    for (const pending of this.#pending) {
      if (pending.endsMs > nowMs) continue;
      this.#pending.delete(pending);
      pending.reject(new TimeLimitError(`there was no answer within ${pending.limitMs} ms`));
    }
  }
}

/** A time limit was over. */
export class TimeLimitError extends Error {
  override readonly name = 'TimeLimitError';
}

/** How late a limit may be kept. */
export const sweepMs = 50;

interface Pending {
  readonly endsMs: number;
  readonly limitMs: number;
  readonly reject: (error: Error) => void;
}
