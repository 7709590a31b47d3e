import type { IndexTransaction } from './index-transaction.ts';

/**
 * Uses of entries that the index does not know yet. They wait in memory and go along with the next
 * transaction, so that a read costs no write.
 */
export class PendingUses {
  /** By entry id, so that a hot entry waits once. */
  readonly #keys = new Map<number, Uint8Array>();

  get count(): number {
    return this.#keys.size;
  }

  /** Beyond the bound a use is forgotten: its entry looks a little older than it is. */
  add(id: number, key: Uint8Array): void {
    // To the end, so that the uses that wait keep their order.
    if (!this.#keys.delete(id) && this.#keys.size >= pendingUsesMax) return;
    this.#keys.set(id, key);
  }

  /** Notes the uses that waited longest in the index. */
  flushSome(index: IndexTransaction): void {
    let flushed = 0;
    for (const [id, key] of this.#keys) {
      // First, so that one that cannot be noted does not fail the next transaction, too.
      this.#keys.delete(id);
      index.use(key);
      flushed += 1;
      if (flushed === usesPerTransaction) return;
    }
  }
}

/** About 10 MB. */
const pendingUsesMax = 65_536;
/** Bounds how long one transaction keeps other writers waiting. */
const usesPerTransaction = 1_024;
