import { crc32 } from 'node:zlib';

/**
 * Checksums of a large body's stored bytes: a CRC-32 for each chunk, four bytes, little-endian. They
 * are made while the body is written, before its SHA-256 is proven, so that later a part of it can be
 * compared with what was proven without reading the rest. CRC-32 finds every change of up to 32 bits
 * in a row and all but one in 2^32 of the others, at three times the speed of SHA-256.
 *
 * A chunk is what a reader reads at once, so that a download needs no more memory than without.
 */
export const checksumChunkBytes: number = 256 * 1024;

/** Bodies up to this size have none: they are read whole, and compared with their SHA-256. */
export const uncheckedBytesMax: number = 2 ** 20;

const checksumBytes = 4;

/** How many bytes the checksums of a body take. */
export function checksumsBytes(sizeBytes: number): number {
  return Math.ceil(sizeBytes / checksumChunkBytes) * checksumBytes;
}

/** Makes the checksums of a body that passes in pieces of any size. */
export class ChunkChecksums {
  readonly #done: number[] = [];
  #current = 0;
  #filledBytes = 0;

  update(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.byteLength; ) {
      const end = Math.min(bytes.byteLength, at + checksumChunkBytes - this.#filledBytes);
      this.#current = crc32(bytes.subarray(at, end), this.#current);
      this.#filledBytes += end - at;
      at = end;
      if (this.#filledBytes === checksumChunkBytes) this.#endChunk();
    }
  }

  /** Ends the last chunk. Call once. */
  finish(): Uint8Array {
    if (this.#filledBytes > 0) this.#endChunk();
    const bytes = Buffer.allocUnsafe(this.#done.length * checksumBytes);
    for (const [index, checksum] of this.#done.entries()) {
      bytes.writeUInt32LE(checksum, index * checksumBytes);
    }
    return bytes;
  }

  #endChunk(): void {
    this.#done.push(this.#current);
    this.#current = 0;
    this.#filledBytes = 0;
  }
}

/** Whether a chunk has the checksum of its place in the body. */
export function isChunkWhole(chunk: Uint8Array, index: number, checksums: Uint8Array): boolean {
  const view = new DataView(checksums.buffer, checksums.byteOffset, checksums.byteLength);
  return crc32(chunk) === view.getUint32(index * checksumBytes, true);
}
