import {
  CacheError,
  type Clock,
  type Logger,
  messageOf,
  silentLogger,
  systemClock,
  systemCodeOf,
} from '../../../core/index.ts';
import {
  type EntryInfo,
  type EntryKey,
  type Generation,
  type Lookup,
  miss,
  type PurgeSelection,
  type Store,
  type StoreUsage,
  type WriteOptions,
} from '../../store.ts';
import type { StoreSuspicion } from '../../store-driver.ts';
import { openBlob } from './blob-reader.ts';
import { CommitQueue } from './commit-queue.ts';
import { type BodySource, EmbeddedEntry } from './embedded-entry.ts';
import { entryKeyBytes, lookupKeyBytes } from './entry-key-bytes.ts';
import { type Environment, openEnvironment } from './environment.ts';
import { FileLedger } from './file-ledger.ts';
import { IndexDamageError, isIndexDamage } from './index-damage.ts';
import { IndexFaults } from './index-faults.ts';
import { IndexReader } from './index-reader.ts';
import type { IndexRules } from './index-transaction.ts';
import { blobPathOf } from './layout.ts';
import {
  defaultInlineBytesMax,
  defaultUnlinkDelayMs,
  defaultUsedAtResolutionMs,
  type EmbeddedStoreOptions,
} from './options.ts';
import { recoverOwners, registerOwner, syncAndUnmark } from './owners.ts';
import { PendingUses } from './pending-uses.ts';
import { purgeEntries } from './purge.ts';
import { idKey } from './row-keys.ts';
import { decodeTotals, type Totals, totalsKey } from './totals.ts';
import { distrust } from './unusable-index.ts';
import { UseNotes } from './use-notes.ts';
import { EntryWriter } from './write-entry.ts';

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
  try {
    return await openOnce(options, undefined);
  } catch (error) {
    if (!isIndexDamage(error)) throw error;
    // Where another process has it open, that one's server sets it aside, and this opening fails again.
    return await openOnce(options, {
      reason: `the index cannot be used (${messageOf(error)})`,
      isCertain: false,
    });
  }
}

/** @throws {CacheError} as `openEmbeddedStore`. */
async function openOnce(
  options: EmbeddedStoreOptions,
  suspicion: StoreSuspicion | undefined,
): Promise<EmbeddedStore> {
  const { logger, durability = 'process' } = options;
  const env = await openEnvironment(options.dir, durability, { logger, suspicion });
  try {
    const store = new IndexedStore(env, await registerOwner(env), options);
    await store.recover();
    if (durability === 'power') await syncAndUnmark(env);
    return store;
  } catch (error) {
    await env.release();
    if (!isIndexDamage(error)) throw error;
    distrust(env.layout);
    throw new IndexDamageError(options.dir, error);
  }
}

class IndexedStore implements EmbeddedStore, BodySource {
  readonly #env: Environment;
  readonly #owner: number;
  readonly #maxBytes: number;
  readonly #usedAtResolutionMs: number;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #reader: IndexReader;
  readonly #uses: UseNotes;
  readonly #queue: CommitQueue;
  readonly #files: FileLedger;
  readonly #writer: EntryWriter;
  readonly #faults: IndexFaults;

  constructor(env: Environment, owner: number, options: EmbeddedStoreOptions) {
    const { maxBytes, logger = silentLogger, clock = systemClock } = options;
    const usedAtResolutionMs = options.usedAtResolutionMs ?? defaultUsedAtResolutionMs;
    const rankLagMax = maxBytes === 0 ? Infinity : maxBytes / lagShare / 1024;
    this.#env = env;
    this.#owner = owner;
    this.#maxBytes = maxBytes;
    this.#usedAtResolutionMs = usedAtResolutionMs;
    this.#clock = clock;
    this.#logger = logger;
    const reader = new IndexReader(env, clock);
    const pending = new PendingUses();
    const rules: IndexRules = { maxBytes, owner, rankLagMax, usedAtResolutionMs };
    const faults: IndexFaults = new IndexFaults({
      env,
      watch: options.watch,
      logger,
      tryToWrite: () => queue.run((index) => index.takeIds(0)),
    });
    const queue: CommitQueue = new CommitQueue({
      env,
      rules,
      clock,
      faults,
      prelude: (index) => pending.flushSome(index),
      onGarbage: (ids) => this.#files.discardLater(ids),
    });
    const unlinkDelayMs = options.unlinkDelayMs ?? defaultUnlinkDelayMs;
    const files = new FileLedger({ env, queue, owner, unlinkDelayMs, logger });
    const inlineBytesMax = options.inlineBytesMax ?? defaultInlineBytesMax;
    this.#reader = reader;
    this.#faults = faults;
    this.#queue = queue;
    this.#files = files;
    this.#uses = new UseNotes({ pending, reader, queue, rankLagMax, usedAtResolutionMs, logger });
    this.#writer = new EntryWriter({ env, queue, files, maxBytes, inlineBytesMax });
  }

  find(key: EntryKey): Lookup {
    try {
      return this.#find(key);
    } catch (error) {
      this.#faults.readFailed(error);
      return miss;
    }
  }

  #find(key: EntryKey): Lookup {
    const keyBytes = lookupKeyBytes(key);
    const fields = this.#reader.find(keyBytes);
    if (fields === undefined) return miss;
    const { id, isFile, sizeBytes } = fields;
    this.#uses.note(keyBytes, id, fields);
    const info: EntryInfo = {
      sizeBytes,
      sha256: key.space === 'cas' ? key.hash : fields.sha256(),
      storedAtMs: fields.storedAtMs,
      references: fields.references(),
      generation: id,
    };
    return new EmbeddedEntry(key, info, !isFile, this);
  }

  write(
    key: EntryKey,
    body: Uint8Array | AsyncIterable<Uint8Array>,
    options: WriteOptions,
  ): Promise<EntryInfo> {
    return this.#writer.write(key, body, options);
  }

  missing(keys: readonly EntryKey[]): boolean[] {
    return keys.map((key) => {
      try {
        return this.#isMissing(key);
      } catch (error) {
        this.#faults.readFailed(error);
        return true;
      }
    });
  }

  #isMissing(key: EntryKey): boolean {
    const keyBytes = lookupKeyBytes(key);
    const fields = this.#reader.find(keyBytes);
    if (fields !== undefined) this.#uses.note(keyBytes, fields.id, fields);
    return fields === undefined;
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
    try {
      await this.#uses.flush();
      return await purgeEntries(selection, {
        env: this.#env,
        queue: this.#queue,
        nowMs: this.#clock.nowMs(),
        usedAtResolutionMs: this.#usedAtResolutionMs,
        signal,
      });
    } catch (error) {
      throw this.#faults.unanswerable(error);
    }
  }

  usage(): StoreUsage {
    let totals: Totals;
    try {
      this.#reader.renew();
      totals = decodeTotals(this.#env.meta.getBinary(totalsKey));
    } catch (error) {
      throw this.#faults.unanswerable(error);
    }
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
    this.#uses.stop();
    await this.#writer.idle();
    try {
      await this.#uses.flush();
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
      this.#faults.close();
      await this.#env.release();
    }
  }

  readInline(info: EntryInfo): Uint8Array | undefined {
    if (info.sizeBytes === 0) return noBytes;
    try {
      return this.#reader.body(Number(info.generation));
    } catch (error) {
      // Without its body the entry is opened as one whose file is gone, and is dropped.
      this.#faults.readFailed(error);
      return undefined;
    }
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
}

const noBytes = Buffer.alloc(0);
/** An entry is moved in the order of use when it is behind by more than this share of the bound. */
const lagShare = 16;
