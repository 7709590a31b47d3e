import { closeSync, fstatSync } from 'node:fs';
import { CacheError, messageOf } from '../../../core/index.ts';
import { abortedError } from '../../body.ts';
import { checksumChunkBytes, isChunkWhole } from '../../chunk-checksums.ts';
import { openFile, readAt } from './file-io.ts';

/** What part of which file is to be read. */
export interface BlobReadOptions {
  readonly path: string;
  /** The size that the file must have. */
  readonly sizeBytes: number;
  readonly offsetBytes: number;
  /** How much is handed over, at most; less where the file ends. */
  readonly lengthBytes: number;
  /** Where they are given, each chunk that is read is compared with its own before it is handed over. */
  readonly checksums: Uint8Array | undefined;
  readonly signal: AbortSignal;
}

/**
 * Streams hand files over in pieces of this size, and hold two of them. As much as one checksum is
 * over, so that what is compared is what is read.
 */
export const readChunkBytes: number = checksumChunkBytes;

/**
 * Opens a body's file. The descriptor is closed when the iteration ends, fails, is returned from
 * or aborted, begun or not.
 * @throws {CacheError} `damaged` when the file has another size; what `open` throws if it is gone.
 */
export async function openBlob(
  options: BlobReadOptions,
): Promise<AsyncIterableIterator<Uint8Array>> {
  const fd = await openFile(options.path, 'r');
  const foundBytes = fstatSync(fd).size;
  if (foundBytes !== options.sizeBytes) {
    closeSync(fd);
    throw new CacheError(
      'damaged',
      `a stored file has ${foundBytes} bytes instead of ${options.sizeBytes}`,
    );
  }
  if (options.signal.aborted) {
    closeSync(fd);
    throw abortedError(options.signal);
  }
  return new BlobReader(fd, options);
}

class BlobReader implements AsyncIterableIterator<Uint8Array> {
  readonly #fd: number;
  readonly #signal: AbortSignal;
  readonly #checksums: Uint8Array | undefined;
  /** What is handed over lies between these two. */
  readonly #startBytes: number;
  readonly #endBytes: number;
  /** Where reading ends: at a whole chunk, where chunks are compared. */
  readonly #readEndBytes: number;
  #positionBytes: number;
  /** The piece being read while the one before it is on its way to the client. */
  #ahead: Promise<Uint8Array> | undefined;
  #reads = 0;
  #isOver = false;

  constructor(fd: number, options: BlobReadOptions) {
    this.#fd = fd;
    this.#signal = options.signal;
    const { sizeBytes, offsetBytes, lengthBytes, checksums } = options;
    this.#checksums = checksums;
    this.#startBytes = offsetBytes;
    this.#endBytes = Math.min(sizeBytes, offsetBytes + lengthBytes);
    const isCompared = checksums !== undefined;
    this.#positionBytes = isCompared ? offsetBytes - (offsetBytes % readChunkBytes) : offsetBytes;
    this.#readEndBytes = isCompared
      ? Math.min(sizeBytes, Math.ceil(this.#endBytes / readChunkBytes) * readChunkBytes)
      : this.#endBytes;
    this.#signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<Uint8Array> {
    return this;
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (this.#signal.aborted) throw abortedError(this.#signal);
    const current = this.#ahead ?? this.#readPiece();
    this.#ahead = undefined;
    if (current === undefined) {
      this.#end();
      return { done: true, value: undefined };
    }
    try {
      const value = await current;
      if (this.#signal.aborted) throw abortedError(this.#signal);
      this.#ahead = this.#readPiece();
      // Nobody may be waiting when it fails.
      this.#ahead?.catch(() => {});
      return { done: false, value };
    } catch (error) {
      this.#end();
      throw error;
    }
  }

  async return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.#end();
    return { done: true, value: undefined };
  }

  readonly #onAbort = (): void => this.#end();

  #readPiece(): Promise<Uint8Array> | undefined {
    const leftBytes = this.#readEndBytes - this.#positionBytes;
    const isDone = leftBytes <= 0 || this.#endBytes <= this.#startBytes;
    if (this.#isOver || isDone) return undefined;
    const piece = Buffer.allocUnsafeSlow(Math.min(leftBytes, readChunkBytes));
    const at = this.#positionBytes;
    this.#positionBytes += piece.byteLength;
    this.#reads += 1;
    return this.#fill(piece, at);
  }

  async #fill(piece: Uint8Array, positionBytes: number): Promise<Uint8Array> {
    try {
      let filledBytes = 0;
      while (filledBytes < piece.byteLength) {
        const rest = piece.subarray(filledBytes);
        const count = await readAt(this.#fd, rest, positionBytes + filledBytes);
        if (count === 0) throw new CacheError('damaged', 'a stored file ends before its size');
        filledBytes += count;
      }
      this.#compare(piece, positionBytes);
      return piece.subarray(
        Math.max(0, this.#startBytes - positionBytes),
        this.#endBytes - positionBytes,
      );
    } catch (error) {
      if (error instanceof CacheError) throw error;
      throw new CacheError('damaged', `a stored file cannot be read: ${messageOf(error)}`, {
        cause: error,
      });
    } finally {
      this.#reads -= 1;
      this.#closeWhenUnread();
    }
  }

  #compare(chunk: Uint8Array, positionBytes: number): void {
    if (this.#checksums === undefined) return;
    if (isChunkWhole(chunk, positionBytes / readChunkBytes, this.#checksums)) return;
    throw new CacheError(
      'damaged',
      `a stored file does not match its checksum, in the ${chunk.byteLength} bytes at ${positionBytes}`,
    );
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.#closeWhenUnread();
  }

  /** A descriptor closed under a read could be another file's by then. */
  #closeWhenUnread(): void {
    if (this.#isOver && this.#reads === 0) closeSync(this.#fd);
  }
}
