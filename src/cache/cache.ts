import { defaultBlobBytesMax, type Sha256, type StoreUsage } from '../core/index.ts';
import type { EntryKey, PurgeSelection, ReadOptions } from '../storage/index.ts';
import type { Caller } from './caller.ts';

/** An entry found, its bytes proven or about to be. */
export interface CacheHit {
  readonly kind: 'hit';
  readonly sizeBytes: number;
  readonly sha256: Sha256;
  readonly storedAtMs: number;
  /** The whole body, compared with its SHA-256: set for every entry up to `verifyFirstBytesMax`. */
  readonly bytes: Uint8Array | undefined;
  /**
   * The body, or a range of it, as a stream. What is read is compared with what was proven when it
   * was stored before it is handed over; where the store has nothing to compare parts with, the
   * whole is hashed and its last chunk is held back, so that a damaged body never arrives complete.
   * @throws {CacheError} `damaged` from the iteration.
   */
  stream(options: ReadOptions): AsyncIterable<Uint8Array>;
}

export type CacheLookup = CacheHit | { readonly kind: 'miss' };

export interface PutOptions {
  /** The announced size, where the client announced one. */
  readonly sizeBytes?: number | undefined;
  /** Refuses with `exists` where the key has an entry; atomic among writers. For `ac` only. Default false. */
  readonly ifAbsent?: boolean | undefined;
  /** The body is not an action result: it is not searched for the blobs it names. Default false. */
  readonly opaque?: boolean | undefined;
  readonly signal: AbortSignal;
}

/**
 * The build cache: a store and the rules of an action cache and a content store over it. Protocols
 * speak to this and to nothing below it. For the content store, whose entries are shared, the
 * caller's namespace only says whose counter goes up.
 */
export interface Cache {
  /**
   * Looks an entry up. An action result that names anything that is not there, a blob of another
   * size than the key's, and an entry found damaged, are misses. The empty blob is always a hit.
   * Returns a value instead of a promise where nothing has to be waited for: `await` takes both.
   */
  get(key: EntryKey, caller: Caller): CacheLookup | Promise<CacheLookup>;
  /** As {@link get}, for a client that asks only whether: same answer, no bytes read. */
  head(key: EntryKey, caller: Caller): CacheLookup | Promise<CacheLookup>;
  /**
   * Stores an entry. A content blob that exists is read to its end and verified, not written again;
   * where it has gone meanwhile it is written if its bytes are still at hand, else refused as `unavailable`.
   * @returns how many bytes the body had.
   * @throws {CacheError} `exists`, `digest_mismatch`, `size_mismatch`, `too_large`, `store_full`, `read_only`, `unavailable`, `aborted`.
   */
  put(
    key: EntryKey,
    caller: Caller,
    body: Uint8Array | AsyncIterable<Uint8Array>,
    options: PutOptions,
  ): Promise<number>;
  /** For each key whether it is absent; no lookup; touches what is present. */
  missing(keys: readonly EntryKey[], caller: Caller): boolean[] | Promise<boolean[]>;
  purge(
    selection: PurgeSelection,
    caller: Caller,
    options: { readonly signal: AbortSignal },
  ): Promise<{ readonly entries: number; readonly sizeBytes: number }>;
  usage(): StoreUsage | Promise<StoreUsage>;
  close(): Promise<void>;
}

/** The limits a cache keeps. */
export interface CacheLimits {
  /** Largest body stored. Default {@link defaultCacheLimits}. */
  readonly blobBytesMax: number;
  /** Largest body read whole and verified before its first byte is sent. Bounds memory per request. */
  readonly verifyFirstBytesMax: number;
  /** Bytes of recently read bodies that each process keeps in memory; 0 = none. */
  readonly hotBytesMax: number;
}

export const defaultCacheLimits: CacheLimits = {
  blobBytesMax: defaultBlobBytesMax,
  verifyFirstBytesMax: 2 ** 20,
  hotBytesMax: 32 * 2 ** 20,
};
