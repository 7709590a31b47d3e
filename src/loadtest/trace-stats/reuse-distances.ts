/**
 * How many bytes of other keys were used since a key was last used, its own included: an LRU cache
 * of at least that many bytes still has it, so one pass gives the hit rate of every size (R. L.
 * Mattson et al., Evaluation techniques for storage hierarchies, IBM Systems Journal 9, 1970). A
 * Fenwick tree over the order of uses keeps an update at the logarithm of the number of keys.
 */
export class ReuseDistances {
  readonly #uses = new Map<string, Use>();
  #tree = new Float64Array(1 << 10);
  #next = 1;

  /** Uses a key. @returns the distance in bytes; `undefined` for the first use, or after a removal. */
  use(key: string, sizeBytes: number): number | undefined {
    const before = this.#uses.get(key);
    const distance =
      before === undefined ? undefined : this.#bytesAfter(before.at) + before.sizeBytes;
    if (before !== undefined) this.#add(before.at, -before.sizeBytes);
    if (this.#next >= this.#tree.length) this.#compact(before === undefined ? undefined : key);
    const at = this.#next;
    this.#next += 1;
    this.#uses.set(key, { at, sizeBytes });
    this.#add(at, sizeBytes);
    return distance;
  }

  remove(key: string): void {
    const use = this.#uses.get(key);
    if (use === undefined) return;
    this.#add(use.at, -use.sizeBytes);
    this.#uses.delete(key);
  }

  #bytesAfter(at: number): number {
    return this.#bytesUpTo(this.#next - 1) - this.#bytesUpTo(at);
  }

  #bytesUpTo(at: number): number {
    let sum = 0;
    for (let index = at; index > 0; index -= index & -index) sum += this.#tree[index]!;
    return sum;
  }

  #add(at: number, bytes: number): void {
    for (let index = at; index < this.#tree.length; index += index & -index) {
      this.#tree[index]! += bytes;
    }
  }

  /** Renumbers the uses where their places have run out; `without` is about to get a new one. */
  #compact(without: string | undefined): void {
    if (without !== undefined) this.#uses.delete(without);
    const inOrder = [...this.#uses].sort(([, a], [, b]) => a.at - b.at);
    const places = Math.max(1 << 10, 2 ** Math.ceil(Math.log2(4 * (inOrder.length + 1))));
    this.#tree = new Float64Array(places);
    this.#next = 1;
    for (const [key, { sizeBytes }] of inOrder) {
      this.#uses.set(key, { at: this.#next, sizeBytes });
      this.#add(this.#next, sizeBytes);
      this.#next += 1;
    }
  }
}

interface Use {
  /** Its place in the order of uses, from 1. */
  readonly at: number;
  readonly sizeBytes: number;
}
