import { EntryQueue, type QueueEntry, type SimulatedCache } from './eviction-policy.ts';

/**
 * SIEVE by bytes: a hit marks its entry and moves nothing; a hand goes from the oldest entry to the
 * newest, takes marks off and evicts the first entry without one (Y. Zhang et al., SIEVE is simpler
 * than LRU, NSDI 2024).
 */
export class SieveCache implements SimulatedCache {
  readonly #sizeBytesMax: number;
  readonly #entries = new Map<string, QueueEntry>();
  readonly #queue = new EntryQueue();
  #hand: QueueEntry | undefined;

  constructor(sizeBytesMax: number) {
    this.#sizeBytesMax = sizeBytesMax;
  }

  use(key: string, sizeBytes: number): boolean {
    const entry = this.#entries.get(key);
    if (entry !== undefined) {
      entry.uses = 1;
      return true;
    }
    if (sizeBytes > this.#sizeBytesMax) return false;
    while (this.#queue.sizeBytes + sizeBytes > this.#sizeBytesMax) this.#evict();
    this.#entries.set(key, this.#queue.push(key, sizeBytes));
    return false;
  }

  remove(key: string): void {
    const entry = this.#entries.get(key);
    if (entry !== undefined) this.#drop(entry);
  }

  #evict(): void {
    let entry = this.#hand ?? this.#queue.oldest!;
    while (entry.uses > 0) {
      entry.uses = 0;
      entry = entry.newer ?? this.#queue.oldest!;
    }
    this.#hand = entry;
    this.#drop(entry);
  }

  #drop(entry: QueueEntry): void {
    if (this.#hand === entry) this.#hand = entry.newer;
    this.#queue.delete(entry);
    this.#entries.delete(entry.key);
  }
}
