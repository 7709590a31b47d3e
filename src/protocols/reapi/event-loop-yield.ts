import { setImmediate as nextTurn } from 'node:timers/promises';

/** Lets others have their turn of the event loop while a long piece of work goes on. */
export class EventLoopYield {
  readonly #stepsPerTurn: number;
  #steps = 0;

  constructor(stepsPerTurn: number) {
    this.#stepsPerTurn = stepsPerTurn;
  }

  /** Counts a step; returns a promise to wait for when it is the others' turn. */
  step(): Promise<void> | undefined {
    this.#steps += 1;
    if (this.#steps < this.#stepsPerTurn) return undefined;
    this.#steps = 0;
    return nextTurn();
  }
}
