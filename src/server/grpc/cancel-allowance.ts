/** How many calls a client may cancel on one connection, as a bucket that refills. */
export interface CancelLimits {
  readonly burst: number;
  readonly perSecond: number;
}

/** Node of these versions and later lets a server choose; the numbers are generous, since Bazel cancels in masses. */
const chosen: CancelLimits = { burst: 20_000, perSecond: 2000 };
/** What the HTTP/2 library of Node allows by default. */
const builtIn: CancelLimits = { burst: 1000, perSecond: 33 };

/** What this Node's HTTP/2 keeps; past it, it ends the connection and all calls on it. */
export function cancelLimitsOf(nodeVersion: string): CancelLimits {
  const [major = 0, minor = 0] = nodeVersion.split('.').map(Number);
  const canChoose = major > 22 || (major === 22 && minor >= 10);
  return canChoose ? chosen : builtIn;
}

/**
 * Follows how many calls a connection's client cancels, so that the connection can be ended well
 * before the library ends it hard.
 */
export class CancelAllowance {
  readonly #limits: CancelLimits;
  readonly #nowMs: () => number;
  #left: number;
  #filledAtMs: number;

  constructor(limits: CancelLimits, nowMs: () => number = () => performance.now()) {
    this.#limits = limits;
    this.#nowMs = nowMs;
    this.#left = limits.burst;
    this.#filledAtMs = nowMs();
  }

  /** Counts one. @returns whether half of what is allowed is left: calls under way may be cancelled, too. */
  spend(): boolean {
    const { burst, perSecond } = this.#limits;
    const nowMs = this.#nowMs();
    // By whole seconds, as the library does.
    const seconds = Math.floor((nowMs - this.#filledAtMs) / 1000);
    this.#filledAtMs += seconds * 1000;
    this.#left = Math.min(burst, this.#left + seconds * perSecond) - 1;
    return this.#left > burst / 2;
  }
}
