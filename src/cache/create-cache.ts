import { setMaxListeners } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  atMost,
  CacheError,
  collect,
  type Digest,
  emptySha256,
  type Logger,
  messageOf,
  type Sha256,
  type StoreUsage,
  sha256Of,
  silentLogger,
} from '../core/index.ts';
import {
  type BlobKey,
  type EntryInfo,
  type EntryKey,
  type EntryReferences,
  type Lookup,
  listedReferences,
  type PurgeSelection,
  proveBody,
  type Store,
  type StoredEntry,
  takeBody,
  type WriteOptions,
} from '../storage/index.ts';
import {
  type Cache,
  type CacheHit,
  type CacheLimits,
  type CacheLookup,
  defaultCacheLimits,
  type PutOptions,
} from './cache.ts';
import { emptyHit, HeldHit, StreamedHit, verified } from './cache-hit.ts';
import { type Caller, nobody } from './caller.ts';
import { HotBodies } from './hot-bodies.ts';
import { namedBlobs } from './named-blobs.ts';
import { asActionResult } from './plausible-result.ts';

/** What a cache is made of. */
export interface CacheOptions {
  readonly store: Store;
  /** Those not given are {@link defaultCacheLimits}. */
  readonly limits?: Partial<CacheLimits>;
  /** Refuses writes. Default false. */
  readonly readOnly?: boolean;
  /** Whether an action result counts as a miss when a blob it names is gone. Default true. */
  readonly checkReferences?: boolean;
  readonly logger?: Logger;
}

/** Puts the rules of an action cache and a content store over a store. Closing it closes the store. */
export function createCache(options: CacheOptions): Cache {
  return new StoreCache(options);
}

const cacheMiss: CacheLookup = { kind: 'miss' };

class StoreCache implements Cache {
  readonly #store: Store;
  readonly #limits: CacheLimits;
  readonly #readOnly: boolean;
  readonly #references: WriteOptions['references'];
  readonly #logger: Logger;
  readonly #hot: HotBodies;

  constructor(options: CacheOptions) {
    this.#store = options.store;
    this.#limits = { ...defaultCacheLimits, ...options.limits };
    this.#readOnly = options.readOnly ?? false;
    this.#references =
      (options.checkReferences ?? true)
        ? (bytes) => namedBlobs(bytes, (digest) => this.#readBlob(digest))
        : undefined;
    this.#logger = options.logger ?? silentLogger;
    this.#hot = new HotBodies(this.#limits.hotBytesMax);
  }

  get(key: EntryKey, _caller: Caller): CacheLookup | Promise<CacheLookup> {
    return isEmptyBlob(key) ? emptyHit : this.#findChecked(key, 'get');
  }

  head(key: EntryKey, _caller: Caller): CacheLookup | Promise<CacheLookup> {
    return isEmptyBlob(key) ? emptyHit : this.#findChecked(key, 'head');
  }

  put(
    key: EntryKey,
    caller: Caller,
    body: Uint8Array | AsyncIterable<Uint8Array>,
    options: PutOptions,
  ): Promise<number> {
    if (this.#readOnly) {
      return Promise.reject(new CacheError('read_only', 'this cache is read-only'));
    }
    return key.space === 'cas'
      ? this.#putBlob(key, caller, body, options)
      : this.#write(key, caller, body, options);
  }

  missing(keys: readonly EntryKey[], _caller: Caller): boolean[] | Promise<boolean[]> {
    const found = this.#store.missing(keys);
    return found instanceof Promise
      ? found.then((missing) => exceptEmptyBlob(keys, missing))
      : exceptEmptyBlob(keys, found);
  }

  purge(
    selection: PurgeSelection,
    _caller: Caller,
    options: { readonly signal: AbortSignal },
  ): Promise<{ readonly entries: number; readonly sizeBytes: number }> {
    return this.#store.purge(selection, options);
  }

  usage(): StoreUsage | Promise<StoreUsage> {
    return this.#store.usage();
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  #findChecked(key: EntryKey, how: 'get' | 'head'): CacheLookup | Promise<CacheLookup> {
    const found = this.#store.find(key);
    return found instanceof Promise
      ? found.then((lookup) => this.#answer(key, lookup, how))
      : this.#answer(key, found, how);
  }

  #answer(key: EntryKey, found: Lookup, how: 'get' | 'head'): CacheLookup | Promise<CacheLookup> {
    if (found.kind === 'miss') return cacheMiss;
    const { count, isComplete } = found.info.references;
    if (this.#references === undefined || (count === 0 && isComplete)) {
      return this.#proven(key, found, how);
    }
    const isWhole = this.#isWhole(key, found);
    return isWhole instanceof Promise
      ? isWhole.then((whole) => (whole ? this.#proven(key, found, how) : cacheMiss))
      : isWhole
        ? this.#proven(key, found, how)
        : cacheMiss;
  }

  /** Whether everything that an action result names is there. */
  #isWhole(key: EntryKey, found: StoredEntry): boolean | Promise<boolean> {
    const { references } = found.info;
    const known = references.areAllThere ?? this.#areThere(references);
    if (references.isComplete || known === false) return known;
    return this.#isWholeNow(key, found, known);
  }

  /** As {@link #isWhole}, for a result whose directories were not all there at the last check. */
  async #isWholeNow(
    key: EntryKey,
    found: StoredEntry,
    known: boolean | Promise<boolean>,
  ): Promise<boolean> {
    if (!(await known)) return false;
    const { generation } = found.info;
    try {
      const hit = await this.#proven(key, found, 'get');
      if (hit.kind === 'miss') return false;
      const named = await namedBlobs(await bytesOf(hit), (digest) => this.#readBlob(digest));
      this.#store.setReferences(key, generation, named).catch((error: unknown) => {
        // The next lookup finds them again.
        const fields = { key, error: messageOf(error) };
        this.#logger.warn(fields, 'the references of an action result could not be stored');
      });
      return named.isComplete && (await this.#areThere(listedReferences(named)));
    } catch (error) {
      if (error instanceof CacheError && (error.code === 'damaged' || error.code === 'too_large')) {
        return false;
      }
      throw error;
    }
  }

  /** Whether all blobs from a position on are there. Stops at the first that is not, or shortly after. */
  #areThere(references: EntryReferences, from = 0): boolean | Promise<boolean> {
    for (let at = from; at < references.count; ) {
      if (at >= from + lookupsPerTurn) return nextTurn().then(() => this.#areThere(references, at));
      const end = Math.min(references.count, Math.max(1, 2 * at), at + lookupsAtOnceMax);
      const missing = this.#store.missing(references.keys(at, end));
      if (missing instanceof Promise) {
        return missing.then((gone) => !gone.includes(true) && this.#areThere(references, end));
      }
      if (missing.includes(true)) return false;
      at = end;
    }
    return true;
  }

  /** A blob's bytes, compared with its digest; undefined where it is not there. */
  async #readBlob(digest: Digest): Promise<Uint8Array | undefined> {
    const found = await this.get({ space: 'cas', ...digest }, nobodyAsks);
    if (found.kind === 'miss') return undefined;
    try {
      return await bytesOf(found);
    } catch (error) {
      if (error instanceof CacheError && error.code === 'damaged') return undefined;
      throw error;
    }
  }

  /** Compares what is small enough to be read whole with its digest; the rest is checked as it streams. */
  #proven(
    key: EntryKey,
    found: StoredEntry,
    how: 'get' | 'head',
  ): CacheLookup | Promise<CacheLookup> {
    const { info } = found;
    if (how === 'head' || info.sizeBytes > this.#limits.verifyFirstBytesMax) {
      return new StreamedHit(found, (damaged) => this.#dropDamaged(key, damaged));
    }
    const hot = this.#hot.get(info.generation);
    if (hot !== undefined) return hot;
    const { bytes } = found;
    if (bytes === undefined) return this.#readWhole(key, found);
    if (sha256Of(bytes) === info.sha256) return this.#held(found, bytes);
    this.#dropDamaged(key, found);
    return cacheMiss;
  }

  async #readWhole(key: EntryKey, found: StoredEntry): Promise<CacheLookup> {
    try {
      const source = await found.open({ signal: neverAborted });
      return this.#held(found, await collect(verified(source, found)));
    } catch (error) {
      if (!(error instanceof CacheError)) throw error;
      if (error.code === 'damaged') {
        this.#dropDamaged(key, found);
        return cacheMiss;
      }
      // It may have been evicted or replaced since it was found, which is not a failure.
      const current = await this.#store.find(key);
      if (current.kind === 'miss') return cacheMiss;
      if (current.info.generation === found.info.generation) {
        // Its bytes lie in an engine of their own that does not answer now: the entry stays.
        if (error.code === 'unavailable') return cacheMiss;
        throw error;
      }
      return await this.#proven(key, current, 'get');
    }
  }

  #held({ info }: { readonly info: EntryInfo }, bytes: Uint8Array): HeldHit {
    const hit = new HeldHit(info.sha256, info.storedAtMs, bytes);
    this.#hot.add(info.generation, hit);
    return hit;
  }

  #dropDamaged(key: EntryKey, { info }: StoredEntry): void {
    const fields = { key, sha256: info.sha256, sizeBytes: info.sizeBytes };
    this.#store.dropDamaged(key, info.generation).then(
      (dropped) => {
        if (dropped) this.#logger.error(fields, 'a stored entry is damaged and was dropped');
      },
      (error: unknown) =>
        this.#logger.error(
          { ...fields, error: messageOf(error) },
          'a stored entry is damaged and could not be dropped',
        ),
    );
  }

  /** @returns how many bytes the body had. */
  async #putBlob(
    key: BlobKey,
    caller: Caller,
    body: Uint8Array | AsyncIterable<Uint8Array>,
    options: PutOptions,
  ): Promise<number> {
    const found = isEmptyBlob(key) ? undefined : this.#store.find(key);
    const existing = found instanceof Promise ? await found : found;
    if (existing?.kind === 'miss') return await this.#write(key, caller, body, options);
    const limits = { key, write: options, sizeBytesMax: this.#limits.blobBytesMax };
    if (body instanceof Uint8Array) {
      const sha256 = existing && this.#provenAlready(existing, body);
      proveBody(body, { ...limits, sha256 });
      if (existing === undefined || !isOther(existing, body)) return body.byteLength;
      // What is stored does not match its key: replace it now.
      this.#dropDamaged(key, existing);
      return await this.#write(key, caller, body, options);
    }
    const taken = await takeBody(body, {
      ...limits,
      memoryBytesMax: existing?.bytes?.byteLength ?? 0,
      spill: () => Promise.resolve(nowhere),
    });
    if (existing === undefined) return taken.sizeBytes;
    const { bytes } = taken;
    if (bytes !== undefined && isOther(existing, bytes)) {
      this.#dropDamaged(key, existing);
      return await this.#write(key, caller, bytes, options);
    }
    const [isGone] = await this.#store.missing([key]);
    if (isGone !== true) return taken.sizeBytes;
    // It was purged or evicted while it was received again.
    if (bytes !== undefined) return await this.#write(key, caller, bytes, options);
    throw new CacheError('unavailable', 'the blob was evicted while it was sent: send it again');
  }

  /** The digest of bytes that are the same as a body that was proven: they need no hash of their own. */
  #provenAlready({ info }: StoredEntry, bytes: Uint8Array): Sha256 | undefined {
    const hot = this.#hot.get(info.generation);
    return hot !== undefined && Buffer.compare(hot.bytes, bytes) === 0 ? hot.sha256 : undefined;
  }

  async #write(
    key: EntryKey,
    { principal, namespace }: Caller,
    body: Uint8Array | AsyncIterable<Uint8Array>,
    options: PutOptions,
  ): Promise<number> {
    const { blobBytesMax } = this.#limits;
    const announcedBytes = body instanceof Uint8Array ? body.byteLength : options.sizeBytes;
    if (announcedBytes !== undefined && announcedBytes > blobBytesMax) throw tooLarge(blobBytesMax);
    const bounded =
      body instanceof Uint8Array || announcedBytes !== undefined
        ? body
        : atMost(body, blobBytesMax, () => tooLarge(blobBytesMax));
    const { sizeBytes, ifAbsent, signal } = options;
    const mayName = key.space === 'ac' && options.opaque !== true && this.#references !== undefined;
    const result = mayName ? await asActionResult(bounded, { sizeBytes, signal }) : undefined;
    const info = await this.#store.write(key, result?.body ?? bounded, {
      sizeBytes,
      signal,
      ifAbsent,
      storedBy: { principal: principal.name, namespace },
      references: result?.isPlausible === true ? this.#references : undefined,
    });
    // A client often reads what was just stored. A copy, since the body may lie in a larger buffer.
    if (body instanceof Uint8Array && body.byteLength <= hotWriteBytesMax) {
      this.#held({ info }, Buffer.from(body));
    }
    return info.sizeBytes;
  }
}

/** Reads of a whole small body are short, and end without it. Many listen at once. */
const neverAborted = new AbortController().signal;
setMaxListeners(0, neverAborted);

/** After this many lookups for one result, other requests have their turn. */
const lookupsPerTurn = 2_048;
/** Looked up in one call at most; fewer at first, since absent blobs mostly show early. */
const lookupsAtOnceMax = 256;

/** Larger bodies are read back once rather than copied. */
const hotWriteBytesMax = 64 * 1024;

/** Whether a stored body that is in memory differs from bytes that were proven. */
function isOther({ bytes: stored }: StoredEntry, bytes: Uint8Array): boolean {
  return stored !== undefined && Buffer.compare(stored, bytes) !== 0;
}

/** Takes what need not be kept. */
const nowhere = { write: () => Promise.resolve() };

function isEmptyBlob(key: EntryKey): boolean {
  return key.space === 'cas' && key.hash === emptySha256 && (key.sizeBytes ?? 0) === 0;
}

/** Reading an entry to inspect it is not a client's lookup. */
const nobodyAsks: Caller = { principal: nobody, namespace: '', protocol: '' };

async function bytesOf(hit: CacheHit): Promise<Uint8Array> {
  return hit.bytes ?? (await collect(hit.stream({ signal: neverAborted })));
}

function exceptEmptyBlob(keys: readonly EntryKey[], missing: boolean[]): boolean[] {
  for (const [index, key] of keys.entries()) if (isEmptyBlob(key)) missing[index] = false;
  return missing;
}

function tooLarge(blobBytesMax: number): CacheError {
  return new CacheError(
    'too_large',
    `the body is larger than ${blobBytesMax} bytes, the limit (blobBytesMax)`,
  );
}
