import { isBlobKey } from '../../entry-key-bytes.ts';
import { referencedKeys } from '../../packed-references.ts';
import { entryCostBytes } from './entry-cost.ts';
import {
  decodeRecord,
  type EntryRecord,
  encodeRecord,
  fieldsOf,
  type RecordSections,
} from './entry-record.ts';
import type { Environment } from './environment.ts';
import { assertSound } from './index-damage.ts';
import { garbageKey, leaseKey } from './ledger-keys.ts';
import { idKey, orderKey } from './row-keys.ts';
import { decodeTotals, encodeTotals, type Totals, totalsKey } from './totals.ts';

/** What a transaction knows of the store it works for. */
export interface IndexRules {
  /** 0 = unbounded. */
  readonly maxBytes: number;
  /** This process's number among the owners. */
  readonly owner: number;
  /** A use moves an entry only if its rank lies further behind the clock than this. */
  readonly rankLagMax: number;
  /** A use is noted when the last noted one is older than this. */
  readonly usedAtResolutionMs: number;
}

/** An entry about to be stored. */
export interface NewEntry extends RecordSections {
  readonly key: Uint8Array;
  readonly sizeBytes: number;
  readonly hasAllReferences: boolean;
  readonly body: { readonly bytes: Uint8Array } | { readonly fileId: number };
}

/**
 * Reads and changes the index within one write transaction. Made when the transaction begins,
 * {@link IndexTransaction.save}d when its work is done. Nothing in it may throw once it has
 * changed a row, since what was changed would be committed.
 */
export class IndexTransaction {
  readonly totals: Totals;
  readonly nowMs: number;
  /** Files that no entry owns any more, to be unlinked after the commit. */
  readonly garbage: number[] = [];
  /** How large they are together. */
  garbageBytes = 0;
  readonly #env: Environment;
  readonly #rules: IndexRules;
  #changed = false;

  constructor(env: Environment, rules: IndexRules, nowMs: number) {
    this.#env = env;
    this.#rules = rules;
    this.nowMs = nowMs;
    this.totals = decodeTotals(env.meta.getBinary(totalsKey));
  }

  find(key: Uint8Array): EntryRecord | undefined {
    const bytes = this.#env.entries.getBinaryFast(key);
    if (bytes === undefined) return undefined;
    const fields = fieldsOf(bytes);
    assertSound(fields, fields.storedByAt, bytes.length);
    return decodeRecord(bytes);
  }

  /** Stores an entry in place of what its key held. @returns its id. */
  put(entry: NewEntry): number {
    const existing = this.find(entry.key);
    if (existing !== undefined) this.remove(entry.key, existing);
    const isFile = 'fileId' in entry.body;
    const id = 'fileId' in entry.body ? entry.body.fileId : this.takeIds(1);
    this.totals.clock += 1 + Math.floor(entry.sizeBytes / 1024);
    const { sizeBytes, sha256, checksums, references, hasAllReferences, storedBy } = entry;
    const record: EntryRecord = {
      form: 1,
      isFile,
      sizeBytes,
      storedAtMs: this.nowMs,
      usedAtMs: this.nowMs,
      rank: this.#rankBelowReferences({ references, form: 1 }),
      id,
      sha256,
      checksums,
      references,
      hasAllReferences,
      storedBy,
    };
    if ('bytes' in entry.body && entry.sizeBytes > 0) {
      this.#env.bodies.putSync(idKey(id), entry.body.bytes);
    }
    if (isFile) this.#env.files.putSync(idKey(id), Buffer.of(1));
    this.#putRecord(entry.key, record);
    this.totals.entries += 1;
    this.totals.costBytes += entryCostBytes(record, entry.key.byteLength);
    return id;
  }

  /** Puts another record in place of an entry's, which keeps its id and its body. */
  replace(key: Uint8Array, record: EntryRecord, next: EntryRecord): void {
    this.#env.order.removeSync(orderKey(record.rank, isBlobKey(key), record.id));
    this.#putRecord(key, { ...next, rank: this.#rankBelowReferences(next) });
    this.totals.costBytes +=
      entryCostBytes(next, key.byteLength) - entryCostBytes(record, key.byteLength);
  }

  /** Takes an entry out. Its file, if it has one, becomes garbage. */
  remove(key: Uint8Array, record: EntryRecord): void {
    this.#changed = true;
    this.#env.entries.removeSync(key);
    this.#env.order.removeSync(orderKey(record.rank, isBlobKey(key), record.id));
    if (record.isFile) {
      this.#env.files.removeSync(idKey(record.id));
      this.#env.ledger.putSync(garbageKey(this.#rules.owner, record.id), Buffer.of(1));
      this.garbage.push(record.id);
      this.garbageBytes += record.sizeBytes;
    } else if (record.sizeBytes > 0) {
      this.#env.bodies.removeSync(idKey(record.id));
    }
    this.totals.entries -= 1;
    this.totals.costBytes -= entryCostBytes(record, key.byteLength);
  }

  /** What is left of the bound, bodies under way counted. Infinite without one. */
  get freeBytes(): number {
    const { maxBytes } = this.#rules;
    if (maxBytes === 0) return Infinity;
    return maxBytes - this.totals.costBytes - this.totals.reservedBytes;
  }

  /**
   * Evicts until `costBytes` more fit in the bound, and a little more, so that not every write
   * evicts. Does a bounded part of a large task, and says whether there is `more to evict`; where
   * even an empty store has too little room beside the bodies under way, it is `full` and nothing
   * is evicted.
   */
  makeRoom(costBytes: number): 'room' | 'more to evict' | 'full' {
    if (costBytes <= this.freeBytes) return 'room';
    const { maxBytes } = this.#rules;
    if (costBytes + this.totals.reservedBytes > maxBytes) return 'full';
    const slackBytes = Math.min(maxBytes / 128, slackBytesMax);
    const wantedBytes = costBytes + slackBytes;
    for (let evicted = 0; evicted < evictionsPerTransaction; ) {
      const oldest = [...this.#env.order.getRange({ limit: evictionChunk })];
      if (oldest.length === 0) return 'room';
      for (const { key: order, value: key } of oldest) {
        if (wantedBytes <= this.freeBytes) return 'room';
        this.#evict(order, key);
        evicted += 1;
      }
    }
    return costBytes <= this.freeBytes ? 'room' : 'more to evict';
  }

  /** Leases more of the bound for bodies under way of this process, or gives some back. */
  lease(bytes: number): void {
    if (bytes === 0) return;
    this.#changed = true;
    const key = leaseKey(this.#rules.owner);
    const row = Buffer.alloc(8);
    row.writeDoubleLE(Math.max(0, this.#leaseOf(key) + bytes));
    this.#env.ledger.putSync(key, row);
    this.totals.reservedBytes = Math.max(0, this.totals.reservedBytes + bytes);
  }

  /** Ends the lease of a process that is gone, or is about to go. */
  endLease(owner: number): void {
    const key = leaseKey(owner);
    const leasedBytes = this.#leaseOf(key);
    if (leasedBytes === 0 && !this.#env.ledger.doesExist(key)) return;
    this.#env.ledger.removeSync(key);
    this.#changed = true;
    this.totals.reservedBytes = Math.max(0, this.totals.reservedBytes - leasedBytes);
  }

  /**
   * Notes that an entry was used: it moves to the young end, and with it the blobs it names, which
   * must not go before it.
   */
  use(key: Uint8Array): void {
    const record = this.find(key);
    if (record === undefined) return;
    for (const blob of referencedKeys(record.references, record.form)) {
      const named = this.find(blob);
      // Half the lag, so that the entry does not have to be moved again at once.
      if (named !== undefined) this.#moveUp(blob, named, this.#rules.rankLagMax / 2);
    }
    this.#moveUp(key, record, 0);
  }

  /** Reserves a run of ids. @returns the first. */
  takeIds(count: number): number {
    this.#changed = true;
    const first = this.totals.nextId;
    this.totals.nextId += count;
    return first;
  }

  /** Writes the totals back, if anything changed. */
  save(): void {
    if (this.#changed) this.#env.meta.putSync(totalsKey, encodeTotals(this.totals));
  }

  #leaseOf(key: Uint8Array): number {
    const row = this.#env.ledger.getBinary(key);
    return row === undefined ? 0 : row.readDoubleLE(0);
  }

  #evict(order: Uint8Array, key: Uint8Array): void {
    const record = this.find(key);
    this.#env.order.removeSync(order);
    if (record === undefined) return;
    this.remove(key, record);
    this.totals.evictedEntries += 1;
    this.totals.evictedBytes += record.sizeBytes;
  }

  #moveUp(key: Uint8Array, record: EntryRecord, rankLagMin: number): void {
    const isStale = this.totals.clock - record.rank > rankLagMin;
    if (!isStale && this.nowMs - record.usedAtMs < this.#rules.usedAtResolutionMs) return;
    if (isStale) this.totals.clock += 1;
    const rank = isStale ? this.#rankBelowReferences(record) : record.rank;
    this.#env.order.removeSync(orderKey(record.rank, isBlobKey(key), record.id));
    this.#putRecord(key, { ...record, rank, usedAtMs: this.nowMs });
  }

  #putRecord(key: Uint8Array, record: EntryRecord): void {
    this.#changed = true;
    this.#env.entries.putSync(key, encodeRecord(record));
    const order = orderKey(record.rank, isBlobKey(key), record.id);
    this.#env.order.putSync(order, key);
  }

  /** The clock, or the rank of the oldest blob among the references, if that is lower. */
  #rankBelowReferences({ references, form }: Pick<EntryRecord, 'references' | 'form'>): number {
    let rank = this.totals.clock;
    for (const blob of referencedKeys(references, form)) {
      const named = this.find(blob);
      if (named !== undefined && named.rank < rank) rank = named.rank;
    }
    return rank;
  }
}

/** Bounds how long one transaction keeps other writers waiting. */
const evictionsPerTransaction = 1_000;
const evictionChunk = 64;
const slackBytesMax = 32 * 2 ** 20;
