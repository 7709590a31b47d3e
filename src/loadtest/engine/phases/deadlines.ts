/** How long the workers may take to start. */
export const startTimeoutMs = 30_000;
/**
 * A worker that is silent for this long past its deadline is lost; one on an overloaded machine is
 * not.
 */
export const silenceMs = 10_000;
/** What is under way when a run is interrupted gets no more time than this. */
export const interruptedDrainMs = 2_000;
/** A clean-up that is interrupted gives up what it has not removed by then. */
export const interruptedCleanUpMs = 1_000;
export const drainMsMax = 31_000;
export const cleanUpMsMax = 30_000;
/** What an answer may take beyond its bound: a loaded machine, a late timer. */
const graceMs = 1000;

/** A fixed time from now on, in the form in which waits take a deadline. */
export function fromNow(ms: number): () => number {
  const untilMs = performance.now() + ms;
  return () => untilMs;
}

/** Ends the sending before its time is over, as if it were. */
export interface FinishEarly {
  readonly signal: AbortSignal;
  /** What is under way then gets no more time than this. */
  readonly drainMs: number;
}

/** When the workers must have sent all, and have drained. Both come nearer when the run is ended early. */
export class SendDeadlines {
  #endMs: number;
  #drainMs: number;

  /** @param startMs start of the measured run, performance.now() of this thread. */
  constructor(startMs: number, config: { durationSecs: number; timeoutSecs: number }) {
    this.#endMs = startMs + config.durationSecs * 1000;
    this.#drainMs = Math.min(config.timeoutSecs * 1000 + graceMs, drainMsMax);
  }

  /** How long what is under way may take once sending is over. */
  get drainMs(): number {
    return this.#drainMs;
  }

  /** Sending ends now at the latest. */
  endNow(drainMs: number): void {
    this.#drainMs = drainMs;
    this.#endMs = Math.min(this.#endMs, performance.now());
  }

  /** When a worker that has not said that it sent all is lost. */
  readonly sentByMs = (): number => this.#endMs + silenceMs;

  /** The deadline of a drain that begins now. Rereads come after the operations, and may take as long again. */
  drainFromNow(): () => number {
    const fromMs = performance.now();
    return () => fromMs + 2 * this.#drainMs + silenceMs;
  }
}
