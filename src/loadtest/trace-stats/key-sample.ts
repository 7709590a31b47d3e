/**
 * Chooses keys by their hashes, so that all uses of a key are in or out. Where more keys than the
 * bound are seen, the share that is kept is halved (C. Waldspurger et al., Efficient MRC construction
 * with SHARDS, FAST 2015).
 */
export class KeySample {
  readonly #keysMax: number;
  readonly #sizes = new Map<string, number>();
  #threshold = hashesTotal;
  #sizeBytes = 0;

  constructor(keysMax: number) {
    this.#keysMax = keysMax;
  }

  /** The share of all keys that is in the sample, 0 to 1. */
  get share(): number {
    return this.#threshold / hashesTotal;
  }

  /** How many keys there are in all; an estimate where the share is below 1. */
  get keys(): number {
    return Math.round(this.#sizes.size / this.share);
  }

  /** Bytes of all keys. */
  get sizeBytes(): number {
    return this.#sizeBytes / this.share;
  }

  has(key: string): boolean {
    return this.share === 1 || hashOf(key) < this.#threshold;
  }

  /** The size of a key that was added. */
  sizeOf(key: string): number | undefined {
    return this.#sizes.get(key);
  }

  /** Adds a key of the sample, or changes its size. */
  add(key: string, sizeBytes: number): void {
    this.#sizeBytes += sizeBytes - (this.#sizes.get(key) ?? 0);
    this.#sizes.set(key, sizeBytes);
    while (this.#sizes.size > this.#keysMax) {
      this.#threshold /= 2;
      for (const [other, otherBytes] of this.#sizes) {
        if (this.has(other)) continue;
        this.#sizes.delete(other);
        this.#sizeBytes -= otherBytes;
      }
    }
  }
}

const hashesTotal = 2 ** 32;

/** FNV-1a with the finish of MurmurHash3, which spreads keys that differ in their last letters. */
function hashOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < key.length; at += 1) {
    hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
