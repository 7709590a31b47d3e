import { Sha256Stream, sha256Of } from '../../core/index.ts';
import type { Artifact, Payload } from '../../protocols/shared/load-client.ts';
import { createRandom, mix32 } from '../statistics/random.ts';

/**
 * Makes artifacts' bytes without holding them. One pool of pseudo-random bytes, made from the seed
 * and shared by all threads, serves all artifacts: an artifact is {@link headerBytes} bytes derived
 * from its key, and then the pool from a place derived from its key, round and round. So sending an
 * artifact copies nothing and checking one is a memcmp.
 *
 * Another key's bytes never match where the artifact has at least {@link headerBytes} bytes, and
 * neither does a later part of them (but for 1 in 8 million). A smaller artifact is as unique as its
 * size lets it be: two of 1 byte are alike in 1 of 256 cases.
 */
export class PayloadPool {
  readonly #pool: Buffer;

  /** @param shared of {@link createPoolMemory}. */
  constructor(shared: SharedArrayBuffer) {
    this.#pool = Buffer.from(shared);
  }

  payload(key: string, sizeBytes: number): Payload {
    return new PooledPayload(this.#pool, key, sizeBytes);
  }

  artifact(key: string, sizeBytes: number): Artifact {
    return { key, payload: this.payload(key, sizeBytes) };
  }
}

export const headerBytes = 32;
export const poolBytes: number = 8 * 1024 * 1024;
const pieceBytesMax = 64 * 1024;

/**
 * Fills the pool's memory: 8 MiB, a few ms.
 * @param compressible share of the bytes that a compressor saves, 0 (the default) to 0.95. Random
 * bytes and zeros take turns in short stretches, so that every artifact of some size has both.
 */
export function createPoolMemory(seed: number, compressible = 0): SharedArrayBuffer {
  const shared = new SharedArrayBuffer(poolBytes);
  const words = new Uint32Array(shared);
  const random = createRandom(seed, poolStream);
  const randomWords = Math.round(stretchWords * (1 - compressible));
  for (let index = 0; index < words.length; index += 1) {
    if (index % stretchWords < randomWords) words[index] = random() * 2 ** 32;
  }
  return shared;
}

/** 1 KiB: what a compressor spends on saying that zeros follow is little beside it. */
const stretchWords = 256;

const poolStream = 0x706f6f6c;

class PooledPayload implements Payload {
  readonly sizeBytes: number;
  readonly #pool: Buffer;
  readonly #header: Uint8Array;
  readonly #start: number;
  #sha256: string | undefined;

  constructor(pool: Buffer, key: string, sizeBytes: number) {
    this.sizeBytes = sizeBytes;
    this.#pool = pool;
    const words = hashWords(key);
    this.#header = new Uint8Array(words.buffer, 0, headerBytes);
    this.#start = words[headerBytes / 4]! % pool.length;
  }

  sha256(): string {
    if (this.#sha256 === undefined) {
      const hash = new Sha256Stream();
      for (let offset = 0; offset < this.sizeBytes; ) {
        const piece = this.piece(offset);
        hash.update(piece);
        offset += piece.length;
      }
      this.#sha256 = this.sizeBytes === 0 ? sha256Of('') : hash.digest();
    }
    return this.#sha256;
  }

  piece(offsetBytes: number): Buffer {
    const left = this.sizeBytes - offsetBytes;
    if (left <= 0) return Buffer.alloc(0);
    if (offsetBytes < headerBytes) {
      const end = Math.min(headerBytes, this.sizeBytes);
      return Buffer.from(this.#header.buffer, offsetBytes, end - offsetBytes);
    }
    const at = (this.#start + offsetBytes - headerBytes) % this.#pool.length;
    return this.#pool.subarray(at, at + Math.min(left, pieceBytesMax, this.#pool.length - at));
  }

  matches(chunk: Buffer, offsetBytes: number): boolean {
    if (offsetBytes + chunk.length > this.sizeBytes) return false;
    let at = 0;
    for (let from = offsetBytes; from < headerBytes && at < chunk.length; from += 1, at += 1) {
      if (chunk[at] !== this.#header[from]) return false;
    }
    while (at < chunk.length) {
      const from = (this.#start + offsetBytes + at - headerBytes) % this.#pool.length;
      const end = Math.min(chunk.length, at + this.#pool.length - from);
      if (this.#pool.compare(chunk, at, end, from, from + end - at) !== 0) return false;
      at = end;
    }
    return true;
  }
}

/** Spreads a key over the header's words and one more. Not for strangers' keys: the run makes its own. */
function hashWords(key: string): Uint32Array<ArrayBuffer> {
  const words = new Uint32Array(headerBytes / 4 + 1);
  let a = 0x6d656d6f;
  let b = 0x6275696c;
  for (let index = 0; index < key.length; index += 1) {
    const code = key.charCodeAt(index);
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul((b << 5) ^ (b >>> 27) ^ code, 0x85ebca6b);
  }
  for (let index = 0; index < words.length; index += 1) {
    a = mix32(a + Math.imul(index + 1, 0x9e3779b9));
    b = mix32(b ^ a);
    words[index] = a ^ Math.imul(b, 0xc2b2ae35);
  }
  return words;
}
