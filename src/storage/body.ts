import { CacheError, type Sha256, Sha256Stream, sha256Of } from '../core/index.ts';
import type { EntryKey, WriteOptions } from './store.ts';

/** What a body must be. */
export interface ProveBodyOptions {
  readonly key: EntryKey;
  readonly write: WriteOptions;
  /** Largest body that the store can hold. */
  readonly sizeBytesMax: number;
}

/** What a body must be, and the place it goes to once too large to hold in memory. */
export interface TakeBodyOptions extends ProveBodyOptions {
  /** Bodies up to this size are collected in memory; larger ones go to `spill`. */
  readonly memoryBytesMax: number;
  /** Opens the place for a body that outgrew memory. Called at most once. */
  readonly spill: () => Promise<BodySink>;
}

/** Where a large body goes, in order. One `write` is awaited before the next begins. */
export interface BodySink {
  write(chunk: Uint8Array): Promise<void>;
}

/** A body taken whole, its size and digest proven. */
export interface TakenBody {
  readonly sizeBytes: number;
  readonly sha256: Sha256;
  /** The bytes, unless they went to the sink. */
  readonly bytes: Uint8Array | undefined;
}

/** A body taken whole that is in memory. */
export interface HeldBody extends TakenBody {
  readonly bytes: Uint8Array;
}

/**
 * Reads a body to its end, hashing it as it passes. A body announced, or proven, small stays in
 * memory. The source must not change chunks once they are handed over.
 * @throws {CacheError} `size_mismatch`, `digest_mismatch`, `too_large`, `aborted`; what `spill`
 * throws.
 */
export async function takeBody(
  body: Uint8Array | AsyncIterable<Uint8Array>,
  options: TakeBodyOptions,
): Promise<TakenBody> {
  if (body instanceof Uint8Array) return await takeWhole(body, options);
  const { write, sizeBytesMax } = options;
  if (write.signal.aborted) throw abortedError(write.signal);
  if (write.sizeBytes !== undefined) assertFits(write.sizeBytes, sizeBytesMax);
  return await takeStream(body, options);
}

/** The size that a body must have, if there is one. */
function expectedBytes({ key, write }: ProveBodyOptions): number | undefined {
  return write.sizeBytes ?? (key.space === 'cas' ? key.sizeBytes : undefined);
}

/**
 * As {@link takeBody}, of a body that is whole in memory and stays there.
 * @param options.sha256 that of the body, where it is known.
 * @throws {CacheError} `size_mismatch`, `digest_mismatch`, `too_large`, `aborted`.
 */
export function proveBody(
  body: Uint8Array,
  options: ProveBodyOptions & { readonly sha256?: Sha256 | undefined },
): HeldBody {
  const { write, sizeBytesMax } = options;
  if (write.signal.aborted) throw abortedError(write.signal);
  assertFits(Math.max(body.byteLength, write.sizeBytes ?? 0), sizeBytesMax);
  const announcedBytes = expectedBytes(options);
  assertSizeSoFar(body.byteLength, announcedBytes);
  assertWholeSize(body.byteLength, announcedBytes);
  const sha256 = options.sha256 ?? sha256Of(body);
  assertDigest(sha256, options);
  return { sizeBytes: body.byteLength, sha256, bytes: body };
}

async function takeWhole(body: Uint8Array, options: TakeBodyOptions): Promise<TakenBody> {
  const proven = proveBody(body, options);
  if (body.byteLength <= options.memoryBytesMax) return proven;
  const sink = await options.spill();
  await sink.write(body);
  return { ...proven, bytes: undefined };
}

async function takeStream(
  body: AsyncIterable<Uint8Array>,
  options: TakeBodyOptions,
): Promise<TakenBody> {
  const { write, memoryBytesMax, sizeBytesMax } = options;
  const announcedBytes = expectedBytes(options);
  const held: Uint8Array[] = [];
  let sizeBytes = 0;
  let hash: Sha256Stream | undefined;
  let sink: BodySink | undefined;
  for await (const chunk of abortable(body, write.signal)) {
    if (chunk.byteLength === 0) continue;
    sizeBytes += chunk.byteLength;
    assertSizeSoFar(sizeBytes, announcedBytes);
    assertFits(sizeBytes, sizeBytesMax);
    if (sink === undefined && sizeBytes <= memoryBytesMax) {
      held.push(chunk);
      continue;
    }
    if (sink === undefined || hash === undefined) {
      sink = await options.spill();
      hash = new Sha256Stream();
      for (const earlier of held) {
        hash.update(earlier);
        await sink.write(earlier);
      }
      held.length = 0;
    }
    // The disk works in another thread while this one hashes.
    const written = sink.write(chunk);
    hash.update(chunk);
    await written;
  }
  assertWholeSize(sizeBytes, announcedBytes);
  if (hash !== undefined) {
    const sha256 = hash.digest();
    assertDigest(sha256, options);
    return { sizeBytes, sha256, bytes: undefined };
  }
  const bytes = held.length === 1 && held[0] !== undefined ? held[0] : Buffer.concat(held);
  const sha256 = sha256Of(bytes);
  assertDigest(sha256, options);
  return { sizeBytes, sha256, bytes };
}

/** The error of an `ifAbsent` write whose key has an entry. */
export function existsError(): CacheError {
  return new CacheError('exists', 'this key already has an entry, and entries are written once');
}

/** The error of a write for which the bodies under way leave no room. */
export function noRoomError(maxBytes: number): CacheError {
  return new CacheError(
    'store_full',
    `bodies that are being stored leave no room within the store's limit of ${maxBytes} bytes`,
  );
}

/** The error of work whose signal was aborted. */
export function abortedError(signal: AbortSignal): CacheError {
  return signal.reason instanceof CacheError
    ? signal.reason
    : new CacheError('aborted', 'the work was aborted', { cause: signal.reason });
}

/**
 * Iterates a source until it ends or the signal aborts, also while the source says nothing. The
 * source is stopped by its `return()`, which is not waited for, since it may be what hangs.
 * @throws {CacheError} `aborted`, also for what the source throws that is not a CacheError: a body that
 * breaks off is a client that went away.
 */
export async function* abortable(
  source: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const iterator = source[Symbol.asyncIterator]();
  let rejectCurrent: ((error: CacheError) => void) | undefined;
  const onAbort = (): void => rejectCurrent?.(abortedError(signal));
  signal.addEventListener('abort', onAbort, { once: true });
  let ended = false;
  try {
    while (true) {
      if (signal.aborted) throw abortedError(signal);
      // One fresh promise per chunk: racing one long-lived promise would keep a reaction per chunk.
      const next = await new Promise<IteratorResult<Uint8Array, unknown>>((resolve, reject) => {
        rejectCurrent = reject;
        iterator.next().then(resolve, (error: unknown) => {
          ended = true;
          reject(sourceError(error));
        });
      });
      if (next.done === true) {
        ended = true;
        return;
      }
      yield next.value;
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    if (!ended) iterator.return?.().then(undefined, () => {});
  }
}

function sourceError(error: unknown): CacheError {
  if (error instanceof CacheError) return error;
  return new CacheError('aborted', 'the body ended early', { cause: error });
}

function assertFits(sizeBytes: number, sizeBytesMax: number): void {
  if (sizeBytes <= sizeBytesMax) return;
  throw new CacheError(
    'too_large',
    `the store accepts bodies of up to ${sizeBytesMax} bytes, this one has at least ${sizeBytes}`,
  );
}

function assertSizeSoFar(sizeBytes: number, announcedBytes: number | undefined): void {
  if (announcedBytes === undefined || sizeBytes <= announcedBytes) return;
  throw new CacheError('size_mismatch', `${announcedBytes} bytes were announced, more arrived`);
}

function assertWholeSize(sizeBytes: number, announcedBytes: number | undefined): void {
  if (announcedBytes === undefined || sizeBytes === announcedBytes) return;
  throw new CacheError(
    'size_mismatch',
    `${announcedBytes} bytes were announced, ${sizeBytes} arrived`,
  );
}

function assertDigest(sha256: Sha256, { key, write }: ProveBodyOptions): void {
  const expected = key.space === 'cas' ? key.hash : write.sha256;
  for (const hash of [expected, write.sha256]) {
    if (hash === undefined || hash === sha256) continue;
    throw new CacheError('digest_mismatch', `expected SHA-256 ${hash}, got ${sha256}`);
  }
}
