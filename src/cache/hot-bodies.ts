/**
 * Bodies read lately, proven, in this process's memory. Keyed by the entry's generation: the index
 * is asked first each time, so that what was replaced, purged or evicted by any process is never
 * answered from here, and what is here need be neither copied nor hashed again.
 */
export class HotBodies {
  /** Least recently used first. */
  readonly #bodies = new Map<string, Uint8Array>();
  readonly #bytesMax: number;
  #sizeBytes = 0;

  /** @param bytesMax how much is held, bookkeeping included; 0 holds nothing. */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get(generation: string): Uint8Array | undefined {
    const bytes = this.#bodies.get(generation);
    if (bytes === undefined) return undefined;
    this.#bodies.delete(generation);
    this.#bodies.set(generation, bytes);
    return bytes;
  }

  add(generation: string, bytes: Uint8Array): void {
    const costBytes = bytes.byteLength + overheadBytes;
    // One body must not drive out a whole working set.
    if (costBytes > this.#bytesMax / 16) return;
    this.#delete(generation);
    this.#bodies.set(generation, bytes);
    this.#sizeBytes += costBytes;
    for (const oldest of this.#bodies.keys()) {
      if (this.#sizeBytes <= this.#bytesMax) return;
      this.#delete(oldest);
    }
  }

  #delete(generation: string): void {
    const bytes = this.#bodies.get(generation);
    if (bytes === undefined) return;
    this.#bodies.delete(generation);
    this.#sizeBytes -= bytes.byteLength + overheadBytes;
  }
}

/** A map slot, the key's text, a view and its share of a buffer pool. */
const overheadBytes = 250;
