/** What a {@link Breaker} works with. */
export interface BreakerOptions {
  /** After so many failures in a row it opens. Those within {@link burstMs} count as one. */
  readonly failuresMax: number;
  /** Longest time between two probes while it is open; the times are drawn evenly up to it. */
  readonly probeIntervalMsMax: number;
  /** Asks the engine for a sign of life, within a time limit of its own. Fails where there is none. */
  readonly probe: () => Promise<void>;
  readonly onOpen: (reason: string) => void;
  readonly onClose: () => void;
}

/**
 * Calls that wait at the same time fail together when this process or the engine stalls for a
 * moment, as on a busy machine. That is one sign of trouble, however many they are.
 */
export const burstMs = 100;

/**
 * Spares callers the wait for an engine that does not answer: after some failures in a row it is
 * open, and calls fail at once until a probe, made by the breaker itself, succeeds.
 */
export class Breaker {
  readonly #options: BreakerOptions;
  #failures = 0;
  #countedAtMs = Number.NEGATIVE_INFINITY;
  #reason: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(options: BreakerOptions) {
    this.#options = options;
  }

  /** Why it is open; `undefined` while it is closed. */
  get openReason(): string | undefined {
    return this.#reason;
  }

  succeeded(): void {
    this.#failures = 0;
  }

  failed(reason: string): void {
    if (this.#reason !== undefined) {
      this.#reason = reason;
      return;
    }
    const nowMs = performance.now();
    if (nowMs - this.#countedAtMs < burstMs) return;
    this.#countedAtMs = nowMs;
    this.#failures += 1;
    if (this.#failures < this.#options.failuresMax || this.#isStopped) return;
    this.#reason = reason;
    this.#options.onOpen(reason);
    this.#probeLater();
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  #probeLater(): void {
    if (this.#isStopped) return;
    this.#timer = setTimeout(() => {
      this.#options.probe().then(
        () => this.#close(),
        () => this.#probeLater(),
      );
    }, Math.random() * this.#options.probeIntervalMsMax);
    this.#timer.unref();
  }

  #close(): void {
    this.#failures = 0;
    this.#reason = undefined;
    if (!this.#isStopped) this.#options.onClose();
  }
}
