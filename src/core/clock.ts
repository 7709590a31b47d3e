/** Time as an argument, so that a test can hold it. */
export interface Clock {
  /** Milliseconds since the epoch, for records. May jump. */
  nowMs(): number;
  /** Milliseconds from an arbitrary start, with a fraction; never goes back. */
  monotonicMs(): number;
}

/** The machine's own clock. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
};
