import { EntryQueue, type QueueEntry, type SimulatedCache } from './eviction-policy.ts';

/**
 * S3-FIFO by bytes: new entries wait in a small queue, from which only those that were used again
 * enter the main one; a ghost queue remembers the keys of the others (J. Yang et al., FIFO queues are
 * all you need for cache eviction, SOSP 2023).
 */
export class S3FifoCache implements SimulatedCache {
  readonly #sizeBytesMax: number;
  readonly #small = new EntryQueue();
  readonly #main = new EntryQueue();
  readonly #entries = new Map<string, { readonly entry: QueueEntry; readonly isSmall: boolean }>();
  /** Keys in the order in which they left the small queue, with their bytes. */
  readonly #ghosts = new Map<string, number>();
  #ghostBytes = 0;

  constructor(sizeBytesMax: number) {
    this.#sizeBytesMax = sizeBytesMax;
  }

  use(key: string, sizeBytes: number): boolean {
    const found = this.#entries.get(key);
    if (found !== undefined) {
      found.entry.uses = Math.min(usesMax, found.entry.uses + 1);
      return true;
    }
    if (sizeBytes > this.#sizeBytesMax) return false;
    while (this.#small.sizeBytes + this.#main.sizeBytes + sizeBytes > this.#sizeBytesMax) {
      this.#evict();
    }
    const isSmall = !this.#forgetGhost(key);
    this.#add(key, sizeBytes, isSmall);
    return false;
  }

  remove(key: string): void {
    const found = this.#entries.get(key);
    if (found === undefined) return;
    (found.isSmall ? this.#small : this.#main).delete(found.entry);
    this.#entries.delete(key);
  }

  #add(key: string, sizeBytes: number, isSmall: boolean): void {
    const entry = (isSmall ? this.#small : this.#main).push(key, sizeBytes);
    this.#entries.set(key, { entry, isSmall });
  }

  #evict(): void {
    const isSmallFull = this.#small.sizeBytes > smallShare * this.#sizeBytesMax;
    if (isSmallFull || this.#main.oldest === undefined) this.#evictSmall();
    else this.#evictMain();
  }

  #evictSmall(): void {
    const entry = this.#small.oldest!;
    this.#small.delete(entry);
    const { key, sizeBytes, uses } = entry;
    // The paper's reference code moves on what was used at least once more.
    if (uses > 0) {
      this.#add(key, sizeBytes, false);
      return;
    }
    this.#entries.delete(key);
    this.#ghosts.set(key, sizeBytes);
    this.#ghostBytes += sizeBytes;
    for (const oldest of this.#ghosts.keys()) {
      if (this.#ghostBytes <= (1 - smallShare) * this.#sizeBytesMax) break;
      this.#forgetGhost(oldest);
    }
  }

  #evictMain(): void {
    for (let entry = this.#main.oldest!; ; entry = this.#main.oldest!) {
      this.#main.delete(entry);
      if (entry.uses === 0) {
        this.#entries.delete(entry.key);
        return;
      }
      const again = this.#main.push(entry.key, entry.sizeBytes);
      again.uses = entry.uses - 1;
      this.#entries.set(entry.key, { entry: again, isSmall: false });
    }
  }

  #forgetGhost(key: string): boolean {
    const sizeBytes = this.#ghosts.get(key);
    if (sizeBytes === undefined) return false;
    this.#ghosts.delete(key);
    this.#ghostBytes -= sizeBytes;
    return true;
  }
}

const smallShare = 0.1;
const usesMax = 3;
