import { randomBytes } from 'node:crypto';
import { generationBytes } from './entry-head.ts';

/** Makes names for writes that no other process makes: a random beginning, and a counter. */
export class Generations {
  readonly #start = randomBytes(counterAt).toString('hex');
  #count = 0;

  /** @returns hex of 12 bytes. */
  next(): string {
    this.#count += 1;
    return this.#start + this.#count.toString(16).padStart(2 * (generationBytes - counterAt), '0');
  }
}

/** 7 bytes of chance: with a million processes the odds that two share them are below 1 in 100,000. */
const counterAt = 7;
