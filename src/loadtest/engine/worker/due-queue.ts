/**
 * Operations that are due and wait for a connection, first in, first out, without moving what stays.
 * One operation is two numbers, when it was due and its step, and they lie side by side in one list:
 * an object for each would be one allocation per operation.
 */
export class DueQueue {
  #numbers: number[] = [];
  #head = 0;

  get size(): number {
    return (this.#numbers.length - this.#head) / numbersEach;
  }

  /**
   * @param dueMs when the operation was due.
   * @param step what the schedule knows about it.
   */
  add(dueMs: number, step: number): void {
    this.#numbers.push(dueMs, step);
  }

  /** When the first one was due. Only where `size` is not 0. */
  get firstDueMs(): number {
    return this.#numbers[this.#head]!;
  }

  /** The step of the first one. Only where `size` is not 0. */
  get firstStep(): number {
    return this.#numbers[this.#head + 1]!;
  }

  /** Only where `size` is not 0. */
  removeFirst(): void {
    this.#head += numbersEach;
    if (this.#head >= compactAt && this.#head * 2 > this.#numbers.length) {
      this.#numbers = this.#numbers.slice(this.#head);
      this.#head = 0;
    }
  }

  /** Empties the queue. @returns when each operation in it was due. */
  takeAll(): number[] {
    const dueMs: number[] = [];
    for (; this.size > 0; this.#head += numbersEach) dueMs.push(this.firstDueMs);
    this.#numbers = [];
    this.#head = 0;
    return dueMs;
  }
}

const numbersEach = 2;
const compactAt = 1024 * numbersEach;
