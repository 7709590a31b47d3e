import { CacheError } from '../../../../core/index.ts';

/** Bounds how many calls are under way, and how many wait for that, first come first served. */
export class CallSlots {
  readonly #max: number;
  readonly #waitingMax: number;
  readonly #engine: string;
  readonly #waiting = new Set<() => void>();
  #taken = 0;

  /** @param engine what the calls are for, as messages name it. */
  constructor(max: number, waitingMax: number, engine: string) {
    this.#max = max;
    this.#waitingMax = waitingMax;
    this.#engine = engine;
  }

  /** @returns whether there was one free. */
  takeNow(): boolean {
    if (this.#taken >= this.#max) return false;
    this.#taken += 1;
    return true;
  }

  /**
   * Waits for a slot until the signal aborts.
   * @returns whether there was one.
   * @throws {CacheError} `overloaded` where too many wait already.
   */
  async take(signal: AbortSignal): Promise<boolean> {
    if (this.takeNow()) return true;
    if (this.#waiting.size >= this.#waitingMax) {
      const message = `${this.#waiting.size} calls wait for ${this.#engine} already`;
      throw new CacheError('overloaded', message);
    }
    return await new Promise<boolean>((resolve) => {
      const onFree = (): void => {
        signal.removeEventListener('abort', onAbort);
        resolve(true);
      };
      const onAbort = (): void => {
        this.#waiting.delete(onFree);
        resolve(false);
      };
      this.#waiting.add(onFree);
      signal.addEventListener('abort', onAbort, { once: true });
      if (signal.aborted) onAbort();
    });
  }

  give(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#taken -= 1;
      return;
    }
    this.#waiting.delete(next);
    next();
  }
}
