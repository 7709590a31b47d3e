/** Memory that all threads of a run share for {@link SendingTime}. */
export function createSendingMemory(): SharedArrayBuffer {
  const memory = new SharedArrayBuffer(Float64Array.BYTES_PER_ELEMENT);
  new Float64Array(memory)[0] = Number.POSITIVE_INFINITY;
  return memory;
}

/**
 * When all clients of a run were sending: from when the last has begun until the first has done its
 * share, on whichever thread, or the run's time is over. Throughput is measured over this time alone,
 * so that a ramp-up, one client that ends early, or one operation that hangs at the end, does not
 * change it.
 */
export class SendingTime {
  /** Milliseconds since the start of the measured run. */
  readonly #untilMs: Float64Array<SharedArrayBuffer>;
  readonly #startMs: number;
  readonly #fromMs: number;

  /**
   * @param startMs start of the measured run, on this thread's clock.
   * @param fromMs when the last client begins, ms from the start.
   */
  constructor(memory: SharedArrayBuffer, startMs: number, fromMs = 0) {
    this.#untilMs = new Float64Array(memory);
    this.#startMs = startMs;
    this.#fromMs = fromMs;
  }

  /** Not all clients are sending from this instant of the thread's clock on. The earliest counts. */
  endAt(atMs: number): void {
    const afterMs = Math.max(0, atMs - this.#startMs);
    if (afterMs < this.#untilMs[0]!) this.#untilMs[0] = afterMs;
  }

  /** Whether all clients were still sending at an instant of this thread's clock. */
  includes(atMs: number): boolean {
    const afterMs = atMs - this.#startMs;
    return afterMs >= this.#fromMs && afterMs <= this.#untilMs[0]!;
  }

  /** Until when all clients were sending, ms from the start; infinite until an end is known. */
  get untilMs(): number {
    return this.#untilMs[0]!;
  }
}

/** Whether the time in which all clients were sending is too short for a rate: then it is that of the whole run. */
export function isTooShortForRate(sendingMs: number): boolean {
  return sendingMs < sendingMsLeast;
}

const sendingMsLeast = 1000;
