/** Numbers the writes under way of a process, lowest first, so that their acknowledgements stay few. */
export class WriteSlots {
  readonly #free: number[] = [];
  #count = 0;

  take(): number {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    this.#count += 1;
    return this.#count - 1;
  }

  give(slot: number): void {
    this.#free.push(slot);
  }
}
