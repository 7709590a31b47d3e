/** How much may wait to be read by clients. */
export interface OutputLimits {
  /** This much for one connection; past it no further request of the connection is begun. */
  readonly outputPerConnectionBytesMax: number;
  /** This much for all connections of this process; past it the one that has waited longest is closed. */
  readonly outputPerProcessBytesMax: number;
}

/** What waits for a client: a socket, or anything that ends one. */
export interface Waiting {
  destroy(): void;
}

/**
 * The bytes of answers that clients have not read yet, over all connections of a process. Only who
 * has bytes waiting is known here: a client that reads as fast as it asks costs nothing.
 */
export class OutputBudget {
  readonly connectionBytesMax: number;
  readonly #processBytesMax: number;
  /** The connections that wait, in the order in which they began to. */
  readonly #waiting = new Map<Waiting, number>();
  readonly #onCut: () => void;
  #bytes = 0;

  /** @param onCut called for each connection that is closed for the sake of the others. */
  constructor(limits: OutputLimits, onCut: () => void = () => {}) {
    this.connectionBytesMax = limits.outputPerConnectionBytesMax;
    this.#processBytesMax = limits.outputPerProcessBytesMax;
    this.#onCut = onCut;
  }

  /** What waits in this process. */
  get waitingBytes(): number {
    return this.#bytes;
  }

  /**
   * Notes how many bytes wait for a client now; 0 once it has caught up. Where that is too much for
   * the process, those who have waited longest are cut off: whoever reads, however slowly, catches up
   * again and again and so is behind them in the queue.
   */
  note(waiting: Waiting, bytes: number): void {
    this.#bytes += bytes - (this.#waiting.get(waiting) ?? 0);
    if (bytes === 0) this.#waiting.delete(waiting);
    else this.#waiting.set(waiting, bytes);
    while (this.#bytes > this.#processBytesMax) this.#cutLongest();
  }

  #cutLongest(): void {
    for (const [waiting, bytes] of this.#waiting) {
      this.#waiting.delete(waiting);
      this.#bytes -= bytes;
      this.#onCut();
      waiting.destroy();
      return;
    }
  }
}
