import { CacheError, emptySha256, type Sha256, Sha256Stream } from '../core/index.ts';
import type { ReadOptions, StoredEntry } from '../storage/index.ts';
import type { CacheHit } from './cache.ts';

/** A hit whose bytes are in memory and proven. */
export class HeldHit implements CacheHit {
  readonly kind = 'hit';
  readonly sizeBytes: number;
  readonly sha256: Sha256;
  readonly storedAtMs: number;
  readonly bytes: Uint8Array;

  constructor(sha256: Sha256, storedAtMs: number, bytes: Uint8Array) {
    this.sizeBytes = bytes.byteLength;
    this.sha256 = sha256;
    this.storedAtMs = storedAtMs;
    this.bytes = bytes;
  }

  async *stream(options: ReadOptions): AsyncGenerator<Uint8Array, void, undefined> {
    const { offsetBytes = 0, lengthBytes = this.sizeBytes } = options;
    const part = this.bytes.subarray(offsetBytes, offsetBytes + lengthBytes);
    if (part.byteLength > 0) yield part;
  }
}

/** A hit whose bytes stay in the store until they are streamed. */
export class StreamedHit implements CacheHit {
  readonly kind = 'hit';
  readonly sizeBytes: number;
  readonly sha256: Sha256;
  readonly storedAtMs: number;
  readonly bytes = undefined;
  readonly #entry: StoredEntry;
  readonly #onDamaged: (entry: StoredEntry) => void;

  constructor(entry: StoredEntry, onDamaged: (entry: StoredEntry) => void) {
    this.sizeBytes = entry.info.sizeBytes;
    this.sha256 = entry.info.sha256;
    this.storedAtMs = entry.info.storedAtMs;
    this.#entry = entry;
    this.#onDamaged = onDamaged;
  }

  async *stream(options: ReadOptions): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      yield* this.#entry.checksItself ? await this.#entry.open(options) : this.#compared(options);
    } catch (error) {
      if (error instanceof CacheError && error.code === 'damaged') this.#onDamaged(this.#entry);
      throw error;
    }
  }

  /** A part can only be trusted once the whole agrees with its SHA-256. */
  async *#compared(options: ReadOptions): AsyncGenerator<Uint8Array, void, undefined> {
    const { offsetBytes = 0, lengthBytes = this.sizeBytes, signal } = options;
    if (offsetBytes === 0 && lengthBytes >= this.sizeBytes) {
      yield* verified(await this.#entry.open({ signal }), this.#entry);
      return;
    }
    for await (const _ of verified(await this.#entry.open({ signal }), this.#entry));
    yield* await this.#entry.open(options);
  }
}

/** The empty blob, which every content store has. */
export const emptyHit: CacheHit = new HeldHit(emptySha256, 0, new Uint8Array());

/**
 * Passes a whole body on, one chunk late, so that the last one is let go only when the hash agrees.
 * @throws {CacheError} `damaged`.
 */
export async function* verified(
  source: AsyncIterable<Uint8Array>,
  { info }: StoredEntry,
): AsyncGenerator<Uint8Array, void, undefined> {
  const hash = new Sha256Stream();
  let held: Uint8Array | undefined;
  for await (const chunk of source) {
    if (held !== undefined) yield held;
    hash.update(chunk);
    held = chunk;
  }
  if (hash.sizeBytes !== info.sizeBytes || hash.digest() !== info.sha256) {
    throw new CacheError(
      'damaged',
      `a stored body of ${info.sizeBytes} bytes no longer matches SHA-256 ${info.sha256}`,
    );
  }
  if (held !== undefined) yield held;
}
