import { setImmediate as nextTurn } from 'node:timers/promises';
import { Decompress } from 'fzstd';
import { CacheError, collect, messageOf } from '../../../core/index.ts';
import { readZstdParts } from './frame-reader.ts';

/**
 * Decodes zstd data as it comes, at most a few blocks ahead of the reader. Memory per stream is the
 * window (at most 8 MiB) and a few blocks of 128 KiB, whatever the data expands to.
 * @throws {CacheError} `bad_request` for what is not zstd; `size_mismatch` once it is more than `sizeBytesMax`.
 */
export async function* zstdDecompress(
  source: AsyncIterable<Uint8Array>,
  options: { readonly sizeBytesMax: number },
): AsyncGenerator<Uint8Array, void, undefined> {
  let decoded: Uint8Array[] = [];
  const decoder = new Decompress((chunk) => {
    if (chunk.byteLength > 0) decoded.push(chunk);
  });
  let sizeBytes = 0;
  let windowBytes = 0;
  let sinceTurn = 0;
  const push = (bytes: Uint8Array, final: boolean): Uint8Array[] => {
    feed(decoder, bytes, final);
    const ready = decoded;
    decoded = [];
    for (const { byteLength } of ready) sizeBytes += byteLength;
    if (sizeBytes > options.sizeBytesMax) throw moreThan(options.sizeBytesMax);
    return ready;
  };
  for await (const part of readZstdParts(source)) {
    if (part.kind === 'frame') {
      // Each frame makes the decoder allocate its window: frames of nothing must not be for free.
      windowBytes += part.windowBytes;
      if (windowBytes > freeWindowBytes + windowsPerByte * sizeBytes) {
        throw new CacheError(
          'bad_request',
          'the zstd data has too many frames for what is in them',
        );
      }
    }
    yield* push(part.bytes, false);
    sinceTurn += 1;
    // Decoding is work on the one thread that serves everybody.
    if (sinceTurn % partsPerTurn === 0) await nextTurn();
  }
  yield* push(new Uint8Array(0), true);
}

const freeWindowBytes = 256 * 2 ** 20;
const windowsPerByte = 128;
const partsPerTurn = 8;

function feed(decoder: Decompress, bytes: Uint8Array, final: boolean): void {
  try {
    decoder.push(bytes, final);
  } catch (error) {
    throw new CacheError('bad_request', `the bytes are not zstd data: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

function moreThan(sizeBytesMax: number): CacheError {
  return new CacheError(
    'size_mismatch',
    `${sizeBytesMax} bytes were announced, the zstd data holds more than that`,
  );
}

/** Decodes zstd data held in memory to exactly `sizeBytes` bytes. Errors as {@link zstdDecompress}. */
export async function zstdDecompressWhole(
  bytes: Uint8Array,
  sizeBytes: number,
): Promise<Uint8Array> {
  const source = (async function* () {
    yield bytes;
  })();
  const whole = await collect(zstdDecompress(source, { sizeBytesMax: sizeBytes }));
  if (whole.byteLength === sizeBytes) return whole;
  throw new CacheError(
    'size_mismatch',
    `${sizeBytes} bytes were announced, the zstd data holds ${whole.byteLength}`,
  );
}
