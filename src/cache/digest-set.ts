import { type Digest, emptySha256, type Sha256 } from '../core/index.ts';

/** Digests, each once. The empty blob is always there and therefore left out. */
export class DigestSet {
  readonly #sizes = new Map<Sha256, number>();

  get count(): number {
    return this.#sizes.size;
  }

  /** @returns whether it was new. */
  add({ hash, sizeBytes }: Digest): boolean {
    if (hash === emptySha256 && sizeBytes === 0) return false;
    const known = this.#sizes.get(hash);
    // A hash has one size, so that of two at least one names nothing that could be there.
    this.#sizes.set(hash, known === undefined || known === sizeBytes ? sizeBytes : noSizeBytes);
    return known === undefined;
  }

  all(): readonly Digest[] {
    return Array.from(this.#sizes, ([hash, sizeBytes]) => ({ hash, sizeBytes }));
  }
}

const noSizeBytes = Number.MAX_SAFE_INTEGER;
