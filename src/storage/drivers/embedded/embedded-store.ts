import {
  CacheError,
  type Clock,
  type Logger,
  messageOf,
  type Sha256,
  silentLogger,
  systemClock,
  systemCodeOf,
} from '../../../core/index.ts';
import { existsError, takeBody } from '../../body.ts';
import {
  type EntryInfo,
  type EntryKey,
  type Generation,
  type Lookup,
  miss,
  type PurgeSelection,
  referencesBytesMax,
  type Store,
  type StoreUsage,
  type WriteOptions,
} from '../../store.ts';
import { openBlob } from './blob-reader.ts';
import { BlobWriter } from './blob-writer.ts';
import { again, CommitQueue } from './commit-queue.ts';
import { type BodySource, EmbeddedEntry } from './embedded-entry.ts';
import { entryCostBytes } from './entry-cost.ts';
import { entryKeyBytes, lookupKeyBytes } from './entry-key-bytes.ts';
import type { RecordFields } from './entry-record.ts';
import { type Environment, openEnvironment } from './environment.ts';
import { FileLedger } from './file-ledger.ts';
import { IndexReader } from './index-reader.ts';
import type { IndexRules, NewEntry } from './index-transaction.ts';
import { blobPathOf } from './layout.ts';
import {
  defaultInlineBytesMax,
  defaultUnlinkDelayMs,
  defaultUsedAtResolutionMs,
  type EmbeddedStoreOptions,
} from './options.ts';
import { recoverOwners, registerOwner, syncAndUnmark } from './owners.ts';
import { PendingFile } from './pending-file.ts';
import { PendingUses } from './pending-uses.ts';
import { purgeEntries } from './purge.ts';
import { idKey } from './row-keys.ts';
import { decodeTotals, totalsKey } from './totals.ts';

/** A store in a directory of this machine, shared by any number of its processes. */
export interface EmbeddedStore extends Store {
  /**
   * Cleans what processes left that died while they used the store: called when a worker is found
   * dead. Opening a store does it too. Looks at what the dead had under way and at nothing else.
   */
  recover(): Promise<{ readonly owners: number; readonly files: number }>;
}

/** What `openEmbeddedStore` of `open.ts` loads. */
export async function openIndexedStore(options: EmbeddedStoreOptions): Promise<EmbeddedStore> {
  const { logger = silentLogger, durability = 'process' } = options;
  const env = await openEnvironment(options.dir, durability, logger);
  try {
    const store = new IndexedStore(env, await registerOwner(env), options);
    await store.recover();
    return store;
  } catch (error) {
    await env.release();
    throw error;
  }
}

class IndexedStore implements EmbeddedStore, BodySource {
  readonly #env: Environment;
  readonly #owner: number;
  readonly #maxBytes: number;
  readonly #inlineBytesMax: number;
  readonly #usedAtResolutionMs: number;
  readonly #rankLagMax: number;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #reader: IndexReader;
  readonly #uses = new PendingUses();
  readonly #queue: CommitQueue;
  readonly #files: FileLedger;
  #usesTimer: NodeJS.Timeout | undefined;
  #writes = 0;
  #onWritesDone: (() => void) | undefined;

  constructor(env: Environment, owner: number, options: EmbeddedStoreOptions) {
    const { logger = silentLogger, clock = systemClock } = options;
    this.#env = env;
    this.#owner = owner;
    this.#maxBytes = options.maxBytes;
    this.#inlineBytesMax = options.inlineBytesMax ?? defaultInlineBytesMax;
    this.#usedAtResolutionMs = options.usedAtResolutionMs ?? defaultUsedAtResolutionMs;
    this.#rankLagMax = options.maxBytes === 0 ? Infinity : options.maxBytes / lagShare / 1024;
    this.#clock = clock;
    this.#logger = logger;
    this.#reader = new IndexReader(env, clock);
    const rules: IndexRules = {
      maxBytes: options.maxBytes,
      owner,
      rankLagMax: this.#rankLagMax,
      usedAtResolutionMs: this.#usedAtResolutionMs,
    };
    this.#queue = new CommitQueue({
      env,
      rules,
      clock,
      prelude: (index) => this.#uses.flushSome(index),
      onGarbage: (ids) => this.#files.discardLater(ids),
    });
    this.#files = new FileLedger({
      env,
      queue: this.#queue,
      owner,
      unlinkDelayMs: options.unlinkDelayMs ?? defaultUnlinkDelayMs,
      logger,
    });
  }

  find(key: EntryKey): Lookup {
    const keyBytes = lookupKeyBytes(key);
    const fields = this.#reader.find(keyBytes);
    if (fields === undefined) return miss;
    const { id, isFile, sizeBytes } = fields;
    this.#noteUse(keyBytes, id, fields);
    const info: EntryInfo = {
      sizeBytes,
      sha256: key.space === 'cas' ? key.hash : fields.sha256(),
      storedAtMs: fields.storedAtMs,
      references: fields.references(),
      generation: id,
    };
    return new EmbeddedEntry(key, info, !isFile, this);
  }

  async write(
    key: EntryKey,
    body: Uint8Array | AsyncIterable<Uint8Array>,
    options: WriteOptions,
  ): Promise<EntryInfo> {
    const keyBytes = entryKeyBytes(key);
    this.#writes += 1;
    try {
      return await this.#write(key, keyBytes, body, options);
    } finally {
      this.#writes -= 1;
      if (this.#writes === 0) this.#onWritesDone?.();
    }
  }

  missing(keys: readonly EntryKey[]): boolean[] {
    return keys.map((key) => {
      const keyBytes = lookupKeyBytes(key);
      const fields = this.#reader.find(keyBytes);
      if (fields !== undefined) this.#noteUse(keyBytes, fields.id, fields);
      return fields === undefined;
    });
  }

  touch(keys: readonly EntryKey[]): void {
    try {
      this.missing(keys);
    } catch (error) {
      this.#logger.warn({ error: messageOf(error) }, 'uses could not be noted');
    }
  }

  async dropDamaged(key: EntryKey, generation: Generation): Promise<boolean> {
    const keyBytes = entryKeyBytes(key);
    return await this.#queue.run((index) => {
      const record = index.find(keyBytes);
      if (record === undefined || record.id !== generation) return false;
      index.remove(keyBytes, record);
      index.totals.damagedEntries += 1;
      return true;
    });
  }

  async purge(
    selection: PurgeSelection,
    { signal }: { readonly signal: AbortSignal },
  ): Promise<{ entries: number; sizeBytes: number }> {
    await this.#flushUses();
    return await purgeEntries(selection, {
      env: this.#env,
      queue: this.#queue,
      nowMs: this.#clock.nowMs(),
      usedAtResolutionMs: this.#usedAtResolutionMs,
      signal,
    });
  }

  usage(): StoreUsage {
    this.#reader.renew();
    const totals = decodeTotals(this.#env.meta.getBinary(totalsKey));
    return {
      entries: totals.entries,
      sizeBytes: totals.costBytes,
      maxBytes: this.#maxBytes,
      evictedEntries: totals.evictedEntries,
      evictedBytes: totals.evictedBytes,
      damagedEntries: totals.damagedEntries,
    };
  }

  recover(): Promise<{ readonly owners: number; readonly files: number }> {
    return recoverOwners({ env: this.#env, queue: this.#queue, logger: this.#logger });
  }

  async close(): Promise<void> {
    clearTimeout(this.#usesTimer);
    while (this.#writes > 0) {
      await new Promise<void>((resolve) => {
        this.#onWritesDone = resolve;
      });
    }
    try {
      await this.#flushUses();
      await this.#files.close();
      await this.#queue.run(() => {
        this.#env.owners.removeSync(idKey(this.#owner));
      });
      await this.#queue.idle();
      await syncAndUnmark(this.#env);
    } catch (error) {
      // Nothing is lost: the next opening cleans up as after a process that was killed.
      this.#logger.warn({ error: messageOf(error) }, 'the store could not be closed in good order');
    } finally {
      await this.#env.release();
    }
  }

  readInline(info: EntryInfo): Uint8Array | undefined {
    return info.sizeBytes === 0 ? noBytes : this.#reader.body(Number(info.generation));
  }

  async openBody(
    key: EntryKey,
    info: EntryInfo,
    options: { readonly offsetBytes?: number; readonly signal: AbortSignal },
  ): Promise<AsyncIterable<Uint8Array>> {
    const id = Number(info.generation);
    try {
      return await openBlob({
        path: blobPathOf(this.#env.layout, id).file,
        sizeBytes: info.sizeBytes,
        offsetBytes: options.offsetBytes ?? 0,
        signal: options.signal,
      });
    } catch (error) {
      if (error instanceof CacheError) throw error;
      if (systemCodeOf(error) !== 'ENOENT') {
        throw new CacheError('unavailable', `a blob cannot be opened: ${messageOf(error)}`, {
          cause: error,
        });
      }
      return await this.#openSuccessor(key, info, options, error);
    }
  }

  /** The body is gone. If another write has replaced it with the same bytes, those will do. */
  async #openSuccessor(
    key: EntryKey,
    info: EntryInfo,
    options: { readonly offsetBytes?: number; readonly signal: AbortSignal },
    cause: unknown,
  ): Promise<AsyncIterable<Uint8Array>> {
    this.#reader.renew();
    const current = this.find(key);
    if (current.kind === 'miss') {
      throw new CacheError('unavailable', 'the blob was evicted before it was opened', { cause });
    }
    if (current.info.generation === info.generation) {
      throw new CacheError('damaged', 'the body of a stored entry is gone', { cause });
    }
    if (current.info.sha256 !== info.sha256) {
      throw new CacheError('unavailable', 'the entry was replaced before it was opened', { cause });
    }
    return await current.open(options);
  }

  async #write(
    key: EntryKey,
    keyBytes: Uint8Array,
    body: Uint8Array | AsyncIterable<Uint8Array>,
    options: WriteOptions,
  ): Promise<EntryInfo> {
    const file = new PendingFile(this.#files, (id) => this.#blobWriter(id));
    try {
      const taken = await takeBody(body, {
        key,
        write: options,
        memoryBytesMax:
          options.references === undefined ? this.#inlineBytesMax : referencesBytesMax,
        sizeBytesMax: this.#maxBytes === 0 ? Number.MAX_SAFE_INTEGER : this.#maxBytes,
        spill: () => file.open(),
      });
      const references =
        taken.bytes === undefined ? none : ((await options.references?.(taken.bytes)) ?? none);
      if (taken.bytes !== undefined && taken.sizeBytes > this.#inlineBytesMax) {
        const writer = await file.open();
        await writer.write(taken.bytes);
      }
      const fileId = await file.finish();
      const stored = await this.#commit(
        {
          key: keyBytes,
          sizeBytes: taken.sizeBytes,
          sha256: key.space === 'cas' ? undefined : Buffer.from(taken.sha256, 'hex'),
          references: Buffer.from(references.join(''), 'hex'),
          body: fileId === undefined ? { bytes: taken.bytes ?? noBytes } : { fileId },
        },
        options,
      );
      file.keep();
      const { sizeBytes, sha256 } = taken;
      return { sizeBytes, sha256, references, ...stored };
    } catch (error) {
      await file.discard();
      throw error;
    }
  }

  async #commit(
    entry: NewEntry,
    { ifAbsent, signal }: WriteOptions,
  ): Promise<{ readonly storedAtMs: number; readonly generation: Generation }> {
    const isFile = 'fileId' in entry.body;
    const costBytes = entryCostBytes({ ...entry, isFile }, entry.key.byteLength);
    if (this.#maxBytes !== 0 && costBytes > this.#maxBytes) {
      throw new CacheError(
        'too_large',
        `the store is bounded to ${this.#maxBytes} bytes, this entry takes ${costBytes}`,
      );
    }
    this.#queue.assertRoom();
    return await this.#queue.run((index) => {
      if (ifAbsent === true && index.find(entry.key) !== undefined) throw existsError();
      if (!index.makeRoom(costBytes)) return again;
      const id = index.put(entry);
      return { storedAtMs: index.nowMs, generation: id };
    }, signal);
  }

  #blobWriter(id: number): BlobWriter {
    return new BlobWriter({
      layout: this.#env.layout,
      id,
      durability: this.#env.durability,
      freeSpace: () => this.#files.discardNow(),
    });
  }

  #noteUse(keyBytes: Uint8Array, id: number, fields: RecordFields): void {
    const isRecent =
      this.#reader.clock - fields.rank <= this.#rankLagMax &&
      this.#reader.nowMs - fields.usedAtMs < this.#usedAtResolutionMs;
    if (isRecent) return;
    this.#uses.add(id, Buffer.from(keyBytes));
    this.#usesTimer ??= setTimeout(() => {
      this.#usesTimer = undefined;
      this.#flushUses().catch((error: unknown) => {
        this.#logger.warn({ error: messageOf(error) }, 'uses could not be noted');
      });
    }, usesDelayMs).unref();
  }

  /** Every transaction notes some of the uses that wait; this makes enough of them. */
  async #flushUses(): Promise<void> {
    if (this.#uses.count === 0) return;
    await this.#queue.run(() => (this.#uses.count === 0 ? undefined : again));
  }
}

const none: readonly Sha256[] = [];
const noBytes = Buffer.alloc(0);
/** An entry is moved in the order of use when it is behind by more than this share of the bound. */
const lagShare = 16;
const usesDelayMs = 250;
