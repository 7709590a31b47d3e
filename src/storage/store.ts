import type { Sha256, StoreUsage } from '../core/index.ts';

export type { StoreUsage } from '../core/index.ts';

/**
 * Names one entry. The content store (`cas`) is one space for all namespaces, since its keys prove
 * their bytes; the action cache (`ac`) has a space for each namespace.
 */
export type EntryKey =
  | { readonly space: 'cas'; readonly hash: Sha256 }
  | { readonly space: 'ac'; readonly namespace: string; readonly key: string };

/** A value that the driver chooses, different for each write of a store; compared with `===`. */
export type Generation = number | string;

/** What the index knows of an entry, without its bytes. */
export interface EntryInfo {
  readonly sizeBytes: number;
  /** SHA-256 of the bytes; for `cas` the key itself. */
  readonly sha256: Sha256;
  /** When these bytes were stored, milliseconds since the epoch. */
  readonly storedAtMs: number;
  /** Blobs of the content store that these bytes name (an action result's outputs). Mostly empty. */
  readonly references: readonly Sha256[];
  /** Changes with every write of the key, so that a stale copy elsewhere can be recognised. */
  readonly generation: Generation;
}

/** An entry found. Bytes are as stored: the caller compares them with `info.sha256`. */
export interface StoredEntry {
  readonly kind: 'hit';
  readonly info: EntryInfo;
  /**
   * The bytes, where the store keeps this entry in one piece small enough to hand over whole.
   * Request them in the turn of the event loop that found the entry: a driver may fetch them only
   * then.
   */
  readonly bytes: Uint8Array | undefined;
  /**
   * Opens the bytes from `offsetBytes` (default 0) as a stream. The entry stays readable while the
   * stream is open, evicted or not. The caller drains the stream or calls its `return()`.
   * @throws {CacheError} `damaged` when the file behind the entry is gone or has another size.
   */
  open(options: {
    readonly offsetBytes?: number;
    readonly signal: AbortSignal;
  }): Promise<AsyncIterable<Uint8Array>>;
}

export type Lookup = StoredEntry | { readonly kind: 'miss' };

export const miss: Lookup = { kind: 'miss' };

export interface WriteOptions {
  /** The announced size. Where it is given, more or fewer bytes are a `size_mismatch`. */
  readonly sizeBytes?: number | undefined;
  /** The bytes must have this SHA-256, else `digest_mismatch`. For `cas` the key's hash is checked anyway. */
  readonly sha256?: Sha256 | undefined;
  /**
   * Blobs that the bytes name. Called once, with the whole body, before it becomes visible, only for
   * bodies within `referencesBytesMax`. May look things up in the same store.
   */
  readonly references?:
    | ((bytes: Uint8Array) => readonly Sha256[] | Promise<readonly Sha256[]>)
    | undefined;
  /**
   * Stores only where the key has no entry yet, decided at the instant at which the write becomes
   * visible: of several such writes at once one succeeds, the others are `exists`. Default false.
   */
  readonly ifAbsent?: boolean | undefined;
  readonly signal: AbortSignal;
}

/** Which entries a purge takes. */
export type PurgeSelection =
  | { readonly what: 'key'; readonly key: EntryKey }
  /** Action-cache entries of one namespace. */
  | { readonly what: 'namespace'; readonly namespace: string }
  /** Entries of both spaces that were neither written nor read for this long. */
  | { readonly what: 'unused'; readonly forMs: number }
  /** Entries of both spaces whose bytes were stored longer ago than this. */
  | { readonly what: 'older'; readonly thanMs: number };

/**
 * Holds entries, bounded in bytes; least recently used entries go first. Safe for concurrent use,
 * also by several processes where the driver says so.
 *
 * Every driver keeps these promises, and `conformance/` checks them:
 * - A write is visible all at once when its promise resolves, or not at all; a failed or aborted
 *   one leaves nothing behind, neither entry nor file.
 * - What was acknowledged survives the death of the process (the memory driver excepted).
 * - An entry being read stays readable to its last byte.
 */
export interface Store {
  /** Looks one entry up. Synchronous where the index is in reach of the process, since this is the hot path. */
  find(key: EntryKey): Lookup | Promise<Lookup>;
  /**
   * Stores a body under a key, replacing the previous one unless `ifAbsent` is set.
   * @throws {CacheError} `exists`, `digest_mismatch`, `size_mismatch`, `too_large` (over the store's bound), `store_full`, `aborted`.
   */
  write(
    key: EntryKey,
    body: Uint8Array | AsyncIterable<Uint8Array>,
    options: WriteOptions,
  ): Promise<EntryInfo>;
  /** For each key, in order, whether it is absent. Touches what is present. Made for batches: one index transaction. */
  missing(keys: readonly EntryKey[]): boolean[] | Promise<boolean[]>;
  /** Marks entries as just used. Cheap, may be batched; never fails. */
  touch(keys: readonly EntryKey[]): void;
  /**
   * Drops an entry whose bytes proved damaged, if it is still the one of that generation, and counts it.
   * @returns whether it was dropped.
   */
  dropDamaged(key: EntryKey, generation: Generation): Promise<boolean>;
  /** Deletes what is selected. @returns how much went. */
  purge(
    selection: PurgeSelection,
    options: { readonly signal: AbortSignal },
  ): Promise<{ readonly entries: number; readonly sizeBytes: number }>;
  usage(): StoreUsage | Promise<StoreUsage>;
  /** Waits for writes under way and pending bookkeeping, then closes. */
  close(): Promise<void>;
}

/** Bodies up to this size are looked through for references; a larger one has none. */
export const referencesBytesMax: number = 4 * 2 ** 20;
