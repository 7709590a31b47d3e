/** A simulated cache of a fixed size, by its eviction policy. */
export interface SimulatedCache {
  /** Asks for a key; one that it has not is stored. @returns whether it had it. */
  use(key: string, sizeBytes: number): boolean;
  remove(key: string): void;
}

/** An entry of a queue. */
export interface QueueEntry {
  readonly key: string;
  readonly sizeBytes: number;
  /** Towards the head, where new entries come in. */
  newer: QueueEntry | undefined;
  older: QueueEntry | undefined;
  /** What the policy notes of its uses. */
  uses: number;
}

/** A doubly linked queue that knows its bytes. */
export class EntryQueue {
  #newest: QueueEntry | undefined;
  #oldest: QueueEntry | undefined;
  #sizeBytes = 0;

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  get oldest(): QueueEntry | undefined {
    return this.#oldest;
  }

  push(key: string, sizeBytes: number): QueueEntry {
    const entry: QueueEntry = { key, sizeBytes, newer: undefined, older: this.#newest, uses: 0 };
    if (this.#newest === undefined) this.#oldest = entry;
    else this.#newest.newer = entry;
    this.#newest = entry;
    this.#sizeBytes += sizeBytes;
    return entry;
  }

  delete(entry: QueueEntry): void {
    if (entry.newer === undefined) this.#newest = entry.older;
    else entry.newer.older = entry.older;
    if (entry.older === undefined) this.#oldest = entry.newer;
    else entry.older.newer = entry.newer;
    this.#sizeBytes -= entry.sizeBytes;
  }
}
