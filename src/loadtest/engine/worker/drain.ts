import type { SendLimits } from './sender.ts';

/**
 * The end of a run as a worker sees it: sending is over at the end of the time, when all that was to
 * be sent has ended, or when it is asked to stop; then what is under way gets a bounded time to end.
 */
export class Drain {
  /** How long what is under way may take once sending is over. */
  boundMs: number;
  readonly #limits: SendLimits;
  readonly #ended: Promise<void>;
  #isOver = false;
  #wake: (() => void) | undefined;

  /** @param ended when nothing is to be sent any more and nothing is under way. */
  constructor(ended: Promise<void>, limits: SendLimits, boundMs: number) {
    this.#limits = limits;
    this.boundMs = boundMs;
    this.#ended = ended.then(() => {
      this.#isOver = true;
    });
  }

  /** Ends the sending at once, and gives what is under way no more than this. */
  hurry(boundMs: number): void {
    this.boundMs = boundMs;
    this.#wake?.();
  }

  /** Why sending ended, where it was not stopped. */
  get endedBy(): 'requests' | 'duration' {
    return this.#isOver && performance.now() < this.#limits.endMs ? 'requests' : 'duration';
  }

  async sendingOver(): Promise<void> {
    const { endMs, stopped } = this.#limits;
    if (!stopped) await this.#sleepUntil(endMs);
  }

  /** Resolves when nothing is under way any more, or when the time for it is over; true for the first. */
  async over(): Promise<boolean> {
    const fromMs = performance.now();
    while (!this.#isOver && performance.now() < fromMs + this.boundMs) {
      await this.#sleepUntil(fromMs + this.boundMs);
    }
    return this.#isOver;
  }

  /** Until then, until all has ended, or until it is asked to hurry. */
  async #sleepUntil(untilMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const woken = new Promise<void>((resolve) => {
      this.#wake = resolve;
      timer = setTimeout(resolve, untilMs - performance.now());
    });
    await Promise.race([this.#ended, woken]);
    clearTimeout(timer);
    this.#wake = undefined;
  }
}
