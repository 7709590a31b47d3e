import { abortedError } from '../../../body.ts';

/**
 * Time limits of many promises by one timer, since one for each would cost more than the command
 * that it watches. A limit is kept to {@link sweepMs}.
 */
export class TimeLimits {
  readonly #pending = new Set<Pending>();
  #timer: NodeJS.Timeout | undefined;

  /**
   * Settles as the promise does, or fails once the time is over or the signal aborts, whatever the
   * promise does then.
   * @throws {TimeLimitError} and {CacheError} `aborted`.
   */
  keep<T>(promise: Promise<T>, limitMs: number, signal?: AbortSignal): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const end = (): void => {
        this.#pending.delete(pending);
        signal?.removeEventListener('abort', onAbort);
      };
      const fail = (error: unknown): void => {
        end();
        reject(error);
      };
      const pending: Pending = { endsMs: performance.now() + limitMs, limitMs, fail };
      const onAbort = (): void => {
        if (signal !== undefined) fail(abortedError(signal));
      };
      this.#pending.add(pending);
      // After the process has stalled, answers that arrived meanwhile are read first.
      this.#timer ??= setInterval(() => setImmediate(() => this.#sweep()), sweepMs);
      signal?.addEventListener('abort', onAbort, { once: true });
      promise.then((value) => {
        end();
        resolve(value);
      }, fail);
      if (signal?.aborted === true) onAbort();
    });
  }

  #sweep(): void {
    if (this.#pending.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
      return;
    }
    const nowMs = performance.now();
    for (const { endsMs, limitMs, fail } of this.#pending) {
      if (endsMs <= nowMs) fail(new TimeLimitError(`there was no answer within ${limitMs} ms`));
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
  readonly fail: (error: unknown) => void;
}
