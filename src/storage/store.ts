import type { Digest, Sha256, StoreUsage } from '../core/index.ts';

export type { StoreUsage } from '../core/index.ts';

/**
 * Names one entry. The content store (`cas`) is one space for all namespaces, since its keys prove
 * their bytes; the action cache (`ac`) has a space for each namespace.
 */
export type EntryKey =
  | BlobKey
  | { readonly space: 'ac'; readonly namespace: string; readonly key: string };

/**
 * Names a blob of the content store. A digest is a hash and a size: where the size is given, a blob
 * of another size is absent, and a body of another size is a `size_mismatch`.
 */
export interface BlobKey {
  readonly space: 'cas';
  readonly hash: Sha256;
  readonly sizeBytes?: number | undefined;
}

/** A value that the driver chooses, different for each write of a store; compared with `===`. */
export type Generation = number | string;

/** What the index knows of an entry, without its bytes. */
export interface EntryInfo {
  readonly sizeBytes: number;
  /** SHA-256 of the bytes; for `cas` the key itself. */
  readonly sha256: Sha256;
  /** When these bytes were stored, milliseconds since the epoch. */
  readonly storedAtMs: number;
  /** Blobs of the content store that these bytes name (an action result's outputs). Mostly none. */
  readonly references: EntryReferences;
  /** Changes with every write of the key, so that a stale copy elsewhere can be recognised. */
  readonly generation: Generation;
}

/** The blobs that a body names, by itself or through the directories that it names. */
export interface NamedBlobs {
  readonly digests: readonly Digest[];
  /** False while something that it names, and that itself names blobs, could not be read. */
  readonly isComplete: boolean;
}

/** {@link NamedBlobs} as an entry keeps them: there may be many, so keys are made when they are asked for. */
export interface EntryReferences {
  readonly count: number;
  readonly isComplete: boolean;
  /**
   * Whether all of them were there, and were used with it, when the entry was found: set by stores
   * that look at them in the same step. Where it is not, the caller looks.
   */
  readonly areAllThere?: boolean | undefined;
  /** The keys from one position to before another. A store of an earlier format does not know their sizes. */
  keys(start: number, end: number): BlobKey[];
}

/** The references of an entry that names nothing. */
export const noReferences: EntryReferences = { count: 0, isComplete: true, keys: () => [] };

/** Who stored an entry. */
export interface StoredBy {
  /** The principal's name; '' for one without a credential. */
  readonly principal: string;
  /** The namespace that was asked for. */
  readonly namespace: string;
}

/** An entry found. Its bytes are compared with what was proven when they were stored: see `checksItself`. */
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
   * Whether `open` compares what it hands over with checksums of the bytes that were stored, and
   * only that. Where it does not, bytes are as they lie in the store: the caller reads all of them
   * and compares them with `info.sha256`.
   */
  readonly checksItself: boolean;
  /**
   * Opens the bytes as a stream. The entry stays readable while the stream is open, evicted or not.
   * The caller drains the stream or calls its `return()`.
   * @throws {CacheError} `damaged` when the file behind the entry is gone or has another size; from
   * the iteration, before a byte that is not what was stored.
   */
  open(options: ReadOptions): Promise<AsyncIterable<Uint8Array>>;
}

/** Which part of a body is read. */
export interface ReadOptions {
  /** Default 0. */
  readonly offsetBytes?: number | undefined;
  /** Default: to the end. */
  readonly lengthBytes?: number | undefined;
  readonly signal: AbortSignal;
}

/** The outcome of a lookup. */
export type Lookup = StoredEntry | { readonly kind: 'miss' };

/** The one miss, so that a lookup without an entry allocates nothing. */
export const miss: Lookup = { kind: 'miss' };

/** What a body must be, and how it is stored. */
export interface WriteOptions {
  /** The announced size. Where it is given, more or fewer bytes are a `size_mismatch`. */
  readonly sizeBytes?: number | undefined;
  /** The bytes must have this SHA-256, else `digest_mismatch`. For `cas` the key's hash is checked anyway. */
  readonly sha256?: Sha256 | undefined;
  /**
   * Blobs that the bytes name. Called once, with the whole body, before it becomes visible, only for
   * bodies within `referencesBytesMax`. May look things up in the same store.
   */
  readonly references?: ((bytes: Uint8Array) => NamedBlobs | Promise<NamedBlobs>) | undefined;
  /**
   * Stores only where the key has no entry yet, decided at the instant at which the write becomes
   * visible: of several such writes at once one succeeds, the others are `exists`. Default false.
   */
  readonly ifAbsent?: boolean | undefined;
  /** Kept with the entry. Default: nobody. */
  readonly storedBy?: StoredBy | undefined;
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
  /**
   * Replaces what is known of the blobs that an entry names, if it is still the one of that
   * generation, which stays.
   * @returns whether it was.
   */
  setReferences(key: EntryKey, generation: Generation, named: NamedBlobs): Promise<boolean>;
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
export const referencesBytesMax: number = 16 * 2 ** 20;
