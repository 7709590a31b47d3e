import { CacheError } from '../../../core/index.ts';

/** A piece of zstd data that a decoder can take in one go. */
export type ZstdPart =
  | { readonly kind: 'frame'; readonly bytes: Uint8Array; readonly windowBytes: number }
  /** A block with its header, or a frame's checksum, or a skippable frame's content. */
  | { readonly kind: 'block'; readonly bytes: Uint8Array; readonly decodedBytesMax: number };

/**
 * Cuts zstd data (RFC 8878) into frame headers and blocks, however the chunks of the source lie. A
 * decoder that is fed one block at a time puts out at most `blockBytesMax` at a time, so a few bytes
 * that stand for gigabytes cannot fill the memory.
 * @throws {CacheError} `bad_request` for what is not zstd, ends early, or asks for a larger window.
 */
export async function* readZstdParts(
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<ZstdPart, void, undefined> {
  const input = new Input(source);
  try {
    yield* readFrames(input);
  } finally {
    input.close();
  }
}

async function* readFrames(input: Input): AsyncGenerator<ZstdPart, void, undefined> {
  while (await input.has(1)) {
    const magic = (await input.peek(4)).readUInt32LE(0);
    if ((magic & 0xfffffff0) >>> 0 === skippableMagic) {
      await input.skip(8 + (await input.peek(8)).readUInt32LE(4));
      continue;
    }
    if (magic !== frameMagic) throw notZstd('a frame does not begin with its magic number');
    const header = parseHeader(await input.peekUpTo(headerBytesMax));
    yield {
      kind: 'frame',
      bytes: await input.take(header.sizeBytes),
      windowBytes: header.windowBytes,
    };
    for (let last = false; !last; ) {
      const word = (await input.peek(3)).readUIntLE(0, 3);
      const sizeBytes = word >>> 3;
      const type = (word >>> 1) & 3;
      last = (word & 1) === 1;
      if (type === 3 || sizeBytes > blockBytesMax) throw notZstd('a block has no valid header');
      const bytes = await input.take(type === rle ? 4 : 3 + sizeBytes);
      yield {
        kind: 'block',
        bytes,
        decodedBytesMax: type === compressed ? blockBytesMax : sizeBytes,
      };
    }
    if (header.hasChecksum) {
      yield { kind: 'block', bytes: await input.take(4), decodedBytesMax: 0 };
    }
  }
}

/** No block decodes to more (RFC 8878, 3.1.1.2). */
export const blockBytesMax: number = 128 * 1024;

/** Largest window taken: what RFC 8878 asks of every decoder. Level 19 uses it whole. */
export const windowBytesMax: number = 8 * 2 ** 20;

const frameMagic = 0xfd2fb528;
const skippableMagic = 0x184d2a50;
const headerBytesMax = 18;
const rle = 1;
const compressed = 2;

interface FrameHeader {
  readonly sizeBytes: number;
  readonly windowBytes: number;
  readonly hasChecksum: boolean;
}

/** RFC 8878, 3.1.1.1: descriptor, window descriptor, dictionary id, content size. */
function parseHeader(bytes: Buffer): FrameHeader {
  const descriptor = bytes[4] ?? 0;
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const contentSizeFlag = descriptor >>> 6;
  const contentSizeBytes = contentSizeFlag === 0 ? Number(isSingleSegment) : 1 << contentSizeFlag;
  const windowAt = 5;
  const dictionaryAt = windowAt + Number(!isSingleSegment);
  const sizeBytes = dictionaryAt + dictionaryBytes + contentSizeBytes;
  if (bytes.length < sizeBytes) throw endsEarly();
  if ((descriptor & 0x08) !== 0) throw notZstd('a reserved bit is set');
  if (bytes.readUIntLE(dictionaryAt, Math.max(1, dictionaryBytes)) !== 0 && dictionaryBytes > 0) {
    throw notZstd('it needs a dictionary, which is not supported');
  }
  const windowBytes = isSingleSegment
    ? readContentSize(bytes, dictionaryAt + dictionaryBytes, contentSizeBytes)
    : readWindow(bytes[windowAt] ?? 0);
  if (windowBytes > windowBytesMax) {
    throw notZstd(`its window has ${windowBytes} bytes, the maximum is ${windowBytesMax}`);
  }
  return { sizeBytes, windowBytes, hasChecksum: (descriptor & 0x04) !== 0 };
}

function readContentSize(bytes: Buffer, at: number, length: number): number {
  if (length === 8) return Number(bytes.readBigUInt64LE(at));
  return bytes.readUIntLE(at, length) + (length === 2 ? 256 : 0);
}

function readWindow(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >>> 3));
  return base + (base / 8) * (descriptor & 7);
}

/** Bytes of a source, asked for by number. Holds at most twice what one question needs, and one chunk. */
class Input {
  readonly #iterator: AsyncIterator<Uint8Array>;
  /**
   * What came and was not taken lies between `#start` and `#end` of it. It grows by doubling, so that
   * pieces of a byte each are not copied over and over.
   */
  #room: Buffer = Buffer.alloc(0);
  #start = 0;
  #end = 0;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#iterator = source[Symbol.asyncIterator]();
  }

  async has(count: number): Promise<boolean> {
    while (this.#end - this.#start < count) {
      const next = await this.#iterator.next();
      if (next.done === true) return false;
      const { buffer, byteOffset, byteLength } = next.value;
      this.#add(Buffer.from(buffer, byteOffset, byteLength));
    }
    return true;
  }

  async peek(count: number): Promise<Buffer> {
    if (!(await this.has(count))) throw endsEarly();
    return this.#held();
  }

  async peekUpTo(count: number): Promise<Buffer> {
    await this.has(count);
    return this.#held();
  }

  async take(count: number): Promise<Buffer> {
    await this.peek(count);
    this.#start += count;
    return this.#room.subarray(this.#start - count, this.#start);
  }

  /** Asks the source to end. It is not waited for, since it may be what hangs. */
  close(): void {
    this.#iterator.return?.().then(undefined, () => {});
  }

  async skip(count: number): Promise<void> {
    for (let left = count; left > 0; ) {
      const step = Math.min(left, blockBytesMax);
      await this.take(step);
      left -= step;
    }
  }

  #held(): Buffer {
    return this.#room.subarray(this.#start, this.#end);
  }

  #add(chunk: Buffer): void {
    const heldBytes = this.#end - this.#start;
    if (heldBytes === 0) {
      this.#room = chunk;
      this.#start = 0;
      this.#end = chunk.length;
      return;
    }
    if (this.#end + chunk.length > this.#room.length) {
      const grown = Buffer.allocUnsafe(2 * heldBytes + chunk.length);
      this.#room.copy(grown, 0, this.#start, this.#end);
      this.#room = grown;
      this.#start = 0;
      this.#end = heldBytes;
    }
    chunk.copy(this.#room, this.#end);
    this.#end += chunk.length;
  }
}

function notZstd(why: string): CacheError {
  return new CacheError('bad_request', `the zstd data is not accepted: ${why}`);
}

function endsEarly(): CacheError {
  return notZstd('they end in the middle');
}
