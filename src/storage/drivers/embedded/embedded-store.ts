import {
  CacheError,
  type Clock,
  type Logger,
  messageOf,
  silentLogger,
  systemClock,
} from '../../../core/index.ts';
import { entryKeyBytes, lookupKeyBytes } from '../../entry-key-bytes.ts';
import { packReferences, repackReferences } from '../../packed-references.ts';
import {
  type EntryInfo,
  type EntryKey,
  type Generation,
  type Lookup,
  miss,
  type NamedBlobs,
  type PurgeSelection,
  type ReadOptions,
  type Store,
  type StoreUsage,
  type WriteOptions,
} from '../../store.ts';
import type { StoreSuspicion } from '../../store-driver.ts';
import { BodyFiles } from './body-files.ts';
import { again, CommitQueue } from './commit-queue.ts';
import { type BodySource, EmbeddedEntry } from './embedded-entry.ts';
import { entryCostBytes } from './entry-cost.ts';
import type { EntryRecord, RecordFields } from './entry-record.ts';
import { type Environment, openEnvironment } from './environment.ts';
import { FileLedger } from './file-ledger.ts';
import { IndexDamageError, isIndexDamage } from './index-damage.ts';
import { IndexFaults } from './index-faults.ts';
import { IndexReader } from './index-reader.ts';
import type { IndexRules } from './index-transaction.ts';
import {
  defaultInlineBytesMax,
  defaultUnlinkDelayMs,
  defaultUsedAtResolutionMs,
  type EmbeddedStoreOptions,
} from './options.ts';
import { recoverOwners, registerOwner, syncAndUnmark } from './owners.ts';
import { PendingUses } from './pending-uses.ts';
import { purgeEntries } from './purge.ts';
import { Reservations } from './reservations.ts';
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
  readonly #reservations: Reservations;
  readonly #writer: EntryWriter;
  readonly #faults: IndexFaults;
  readonly #bodies: BodyFiles;

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
      onGarbage: (ids, sizeBytes) => this.#files.discardLater(ids, sizeBytes),
    });
    const unlinkDelayMs = options.unlinkDelayMs ?? defaultUnlinkDelayMs;
    const garbageBytesMax = maxBytes === 0 ? Infinity : maxBytes / garbageShare;
    const files = new FileLedger({ env, queue, owner, unlinkDelayMs, garbageBytesMax, logger });
    const inlineBytesMax = options.inlineBytesMax ?? defaultInlineBytesMax;
    this.#reader = reader;
    this.#faults = faults;
    this.#queue = queue;
    this.#files = files;
    this.#uses = new UseNotes({ pending, reader, queue, rankLagMax, usedAtResolutionMs, logger });
    const reservations = new Reservations({ queue, maxBytes });
    this.#reservations = reservations;
    this.#writer = new EntryWriter({ env, queue, files, reservations, maxBytes, inlineBytesMax });
    this.#bodies = new BodyFiles({
      layout: env.layout,
      logger,
      keepChecksums: async (key, { generation }, checksums) => {
        await this.#rewrite(key, generation, { checksums });
      },
    });
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
    if (fields === undefined || !isMeant(key, fields)) return miss;
    const { id, isFile, sizeBytes } = fields;
    this.#uses.note(keyBytes, id, fields);
    const info: EntryInfo = {
      sizeBytes,
      sha256: key.space === 'cas' ? key.hash : fields.sha256(),
      storedAtMs: fields.storedAtMs,
      references: fields.references(),
      generation: id,
    };
    const checksums = isFile ? fields.checksums() : undefined;
    return new EmbeddedEntry(key, info, { isFile, checksums }, this);
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
    if (fields === undefined || !isMeant(key, fields)) return true;
    this.#uses.note(keyBytes, fields.id, fields);
    return false;
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

  setReferences(key: EntryKey, generation: Generation, named: NamedBlobs): Promise<boolean> {
    const references = packReferences(named);
    return this.#rewrite(key, generation, { references, hasAllReferences: named.isComplete });
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
      reservedBytes: totals.reservedBytes,
    };
  }

  recover(): Promise<{ readonly owners: number; readonly files: number }> {
    return recoverOwners({ env: this.#env, queue: this.#queue, logger: this.#logger });
  }

  async close(): Promise<void> {
    this.#uses.stop();
    await this.#writer.idle();
    this.#reservations.stop();
    try {
      await this.#uses.flush();
      await this.#files.close();
      await this.#queue.run((index) => {
        index.endLease(this.#owner);
        this.#env.owners.removeSync(idKey(this.#owner));
      });
      await this.#queue.idle();
      await syncAndUnmark(this.#env);
    } catch (error) {
      // Nothing is lost: the next opening cleans up as after a process that was killed.
      this.#logger.warn({ error: messageOf(error) }, 'the store was not closed cleanly');
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
    checksums: Uint8Array | undefined,
    options: ReadOptions,
  ): Promise<AsyncIterable<Uint8Array>> {
    const opened = await this.#bodies.open(key, info, checksums, options);
    return opened ?? (await this.#openSuccessor(key, info, options));
  }

  /** The body is gone. If another write has replaced it with the same bytes, those will do. */
  async #openSuccessor(
    key: EntryKey,
    info: EntryInfo,
    options: ReadOptions,
  ): Promise<AsyncIterable<Uint8Array>> {
    this.#reader.renew();
    const current = this.find(key);
    if (current.kind === 'miss') {
      throw new CacheError('unavailable', 'the blob was evicted before it was opened');
    }
    if (current.info.generation === info.generation) {
      throw new CacheError('damaged', 'the body of a stored entry is gone');
    }
    if (current.info.sha256 !== info.sha256) {
      throw new CacheError('unavailable', 'the entry was replaced before it was opened');
    }
    return await current.open(options);
  }

  /** Changes sections of an entry's record, if it is still the one of that generation, and its form with them. */
  async #rewrite(
    key: EntryKey,
    generation: Generation,
    changes: Partial<EntryRecord>,
  ): Promise<boolean> {
    const keyBytes = entryKeyBytes(key);
    const costOf = (record: EntryRecord): number => entryCostBytes(record, keyBytes.byteLength);
    return await this.#queue.run((index) => {
      const record = index.find(keyBytes);
      if (record?.id !== generation) return false;
      const references = repackReferences(record.references, record.form);
      const next: EntryRecord = { ...record, form: 1, references, ...changes };
      const room = index.makeRoom(costOf(next) - costOf(record));
      if (room === 'more to evict') return again;
      if (room === 'full') return false;
      // Making room may have evicted the entry itself.
      if (index.find(keyBytes)?.id !== generation) return false;
      index.replace(keyBytes, record, next);
      return true;
    });
  }
}

/** Whether a record is what a key names: a digest's size is part of it. And in a form that can be read. */
function isMeant(key: EntryKey, fields: RecordFields): boolean {
  if (!fields.isReadable) return false;
  return key.space !== 'cas' || key.sizeBytes === undefined || key.sizeBytes === fields.sizeBytes;
}

const noBytes = Buffer.alloc(0);
/** An entry is moved in the order of use when it is behind by more than this share of the bound. */
const lagShare = 16;
/** Replaced and evicted files that wait to be unlinked take up to this share of the bound beside it. */
const garbageShare = 16;
