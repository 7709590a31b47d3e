/**
 * Keeps operations on one key in the order in which they were begun, as far as it matters: what
 * changes an entry waits for all before it, what looks one up waits for the changes before it.
 * Bounded by the operations under way.
 */
export class KeyTurns {
  readonly #keys = new Map<number, Turns>();
  #waits = 0;

  /** Operations that had to wait. */
  get waits(): number {
    return this.#waits;
  }

  /** Keys with something under way. */
  get keys(): number {
    return this.#keys.size;
  }

  /**
   * Runs `operate` when its turn comes; passes it the waiting time, ms.
   * @param onWait called where it has to wait.
   */
  async run<T>(
    slot: number,
    changes: boolean,
    operate: (waitedMs: number) => Promise<T>,
    onWait: () => void = () => {},
  ): Promise<T> {
    const turns = this.#keys.get(slot) ?? { underWay: 0, change: undefined, lookUps: [] };
    this.#keys.set(slot, turns);
    const before = changes ? [turns.change, ...turns.lookUps] : [turns.change];
    const awaited = before.filter((one) => one !== undefined);
    let end: () => void = () => {};
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    if (changes) {
      turns.change = ended;
      turns.lookUps = [];
    } else {
      turns.lookUps.push(ended);
    }
    turns.underWay += 1;
    try {
      if (awaited.length === 0) return await operate(0);
      this.#waits += 1;
      onWait();
      const fromMs = performance.now();
      await Promise.all(awaited);
      return await operate(performance.now() - fromMs);
    } finally {
      turns.underWay -= 1;
      if (changes && turns.change === ended) turns.change = undefined;
      else if (!changes) turns.lookUps = turns.lookUps.filter((one) => one !== ended);
      if (turns.underWay === 0) this.#keys.delete(slot);
      end();
    }
  }
}

interface Turns {
  underWay: number;
  /** The last change begun, while it runs. */
  change: Promise<void> | undefined;
  /** Lookups begun since, while they run. */
  lookUps: Promise<void>[];
}
