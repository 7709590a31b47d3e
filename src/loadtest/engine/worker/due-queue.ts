/** Instants, first in, first out, without moving what stays. */
export class DueQueue {
  #items: number[] = [];
  #head = 0;

  get size(): number {
    return this.#items.length - this.#head;
  }

  add(dueMs: number): void {
    this.#items.push(dueMs);
  }

  /** Only where `size` is not 0. */
  first(): number {
    return this.#items[this.#head]!;
  }

  /** Only where `size` is not 0. */
  take(): number {
    const item = this.#items[this.#head]!;
    this.#head += 1;
    if (this.#head >= compactAt && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  takeAll(): number[] {
    const all = this.#items.slice(this.#head);
    this.#items = [];
    this.#head = 0;
    return all;
  }
}

const compactAt = 1024;
