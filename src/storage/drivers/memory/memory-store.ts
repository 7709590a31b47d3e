import { type Clock, type Sha256, systemClock } from '../../../core/index.ts';
import { abortedError, existsError, noRoomError, type TakenBody, takeBody } from '../../body.ts';
import { listedReferences } from '../../listed-references.ts';
import {
  type EntryInfo,
  type EntryKey,
  type Generation,
  type Lookup,
  miss,
  type NamedBlobs,
  type PurgeSelection,
  referencesBytesMax,
  type Store,
  type StoredEntry,
  type StoreUsage,
  type WriteOptions,
} from '../../store.ts';
import type { StoreOptions } from '../../store-options.ts';

/**
 * Holds entries in this process's memory and nowhere else. For tests, and for a cache that may
 * forget. Bodies of any size are held whole.
 */
export function createMemoryStore(options: StoreOptions): Store {
  return new MemoryStore(options);
}

/** What an entry's bookkeeping is taken to cost: a map slot, two objects, the key's text. */
const overheadBytes = 300;

/** Streams hand bodies over in pieces of this size. */
const chunkBytes = 64 * 1024;

interface Held {
  readonly key: EntryKey;
  readonly info: EntryInfo;
  readonly named: NamedBlobs;
  readonly bytes: Uint8Array;
  usedAtMs: number;
}

class MemoryStore implements Store {
  /** In order of use, least recent first, as a Map keeps the order of insertion. */
  readonly #entries = new Map<string, Held>();
  readonly #maxBytes: number;
  readonly #clock: Clock;
  #sizeBytes = 0;
  #evictedEntries = 0;
  #evictedBytes = 0;
  #damagedEntries = 0;
  /** Those of bodies under way. */
  #reservedBytes = 0;
  #generation = 0;

  constructor(options: StoreOptions) {
    this.#maxBytes = options.maxBytes;
    this.#clock = options.clock ?? systemClock;
  }

  find(key: EntryKey): Lookup {
    const text = keyText(key);
    const held = this.#entries.get(text);
    if (held === undefined || !isMeant(key, held)) return miss;
    this.#use(text, held);
    return storedEntry(held);
  }

  async write(
    key: EntryKey,
    body: Uint8Array | AsyncIterable<Uint8Array>,
    options: WriteOptions,
  ): Promise<EntryInfo> {
    const taken = await this.#take(key, body, options);
    const bytes = Uint8Array.prototype.slice.call(taken.bytes ?? new Uint8Array());
    const named =
      (bytes.byteLength > referencesBytesMax ? undefined : await options.references?.(bytes)) ??
      nothing;
    this.#generation += 1;
    const info: EntryInfo = {
      sizeBytes: taken.sizeBytes,
      sha256: taken.sha256,
      storedAtMs: this.#clock.nowMs(),
      references: listedReferences(named),
      generation: this.#generation,
    };
    const text = keyText(key);
    if (options.ifAbsent === true && this.#entries.has(text)) throw existsError();
    this.#delete(text);
    const held: Held = { key, info, named, bytes, usedAtMs: info.storedAtMs };
    this.#entries.set(text, held);
    this.#sizeBytes += costBytes(held);
    this.#use(text, held);
    this.#evict();
    return info;
  }

  /** Takes a body, which counts against the bound while it comes in. */
  async #take(
    key: EntryKey,
    body: Uint8Array | AsyncIterable<Uint8Array>,
    options: WriteOptions,
  ): Promise<TakenBody> {
    const sizeBytesMax = Math.max(0, this.#boundBytes - overheadBytes);
    let reservedBytes = 0;
    const reserve = (bytes: number): void => {
      // A body that is larger than the store is refused where it is taken in.
      if (bytes <= reservedBytes || bytes > sizeBytesMax) return;
      const othersBytes = this.#reservedBytes - reservedBytes;
      if (othersBytes + bytes > this.#boundBytes) throw noRoomError(this.#maxBytes);
      this.#reservedBytes = othersBytes + bytes;
      reservedBytes = bytes;
      this.#evict();
    };
    try {
      return await takeBody(body instanceof Uint8Array ? body : counted(body, options, reserve), {
        key,
        write: options,
        memoryBytesMax: Number.MAX_SAFE_INTEGER,
        sizeBytesMax,
        spill: () => Promise.reject(new Error('a memory store has nowhere to spill')),
      });
    } finally {
      this.#reservedBytes -= reservedBytes;
    }
  }

  get #boundBytes(): number {
    return this.#maxBytes === 0 ? Number.MAX_SAFE_INTEGER : this.#maxBytes;
  }

  missing(keys: readonly EntryKey[]): boolean[] {
    return keys.map((key) => {
      const text = keyText(key);
      const held = this.#entries.get(text);
      if (held === undefined || !isMeant(key, held)) return true;
      this.#use(text, held);
      return false;
    });
  }

  touch(keys: readonly EntryKey[]): void {
    this.missing(keys);
  }

  async dropDamaged(key: EntryKey, generation: Generation): Promise<boolean> {
    const text = keyText(key);
    if (this.#entries.get(text)?.info.generation !== generation) return false;
    this.#delete(text);
    this.#damagedEntries += 1;
    return true;
  }

  async setReferences(key: EntryKey, generation: Generation, named: NamedBlobs): Promise<boolean> {
    const text = keyText(key);
    const held = this.#entries.get(text);
    if (held?.info.generation !== generation) return false;
    this.#sizeBytes -= costBytes(held);
    const changed: Held = {
      ...held,
      named,
      info: { ...held.info, references: listedReferences(named) },
    };
    this.#entries.set(text, changed);
    this.#sizeBytes += costBytes(changed);
    this.#evict();
    return true;
  }

  async purge(
    selection: PurgeSelection,
    options: { readonly signal: AbortSignal },
  ): Promise<{ entries: number; sizeBytes: number }> {
    if (options.signal.aborted) throw abortedError(options.signal);
    const purged = { entries: 0, sizeBytes: 0 };
    for (const [text, held] of this.#entries) {
      if (!isSelected(held, selection, this.#clock.nowMs())) continue;
      this.#delete(text);
      purged.entries += 1;
      purged.sizeBytes += held.info.sizeBytes;
    }
    return purged;
  }

  usage(): StoreUsage {
    return {
      entries: this.#entries.size,
      sizeBytes: this.#sizeBytes,
      maxBytes: this.#maxBytes,
      evictedEntries: this.#evictedEntries,
      evictedBytes: this.#evictedBytes,
      damagedEntries: this.#damagedEntries,
      reservedBytes: this.#reservedBytes,
    };
  }

  async close(): Promise<void> {
    this.#entries.clear();
  }

  /** Moves an entry, and then the blobs it names, to the young end, so that they outlive it. */
  #use(text: string, held: Held): void {
    held.usedAtMs = this.#clock.nowMs();
    this.#entries.delete(text);
    this.#entries.set(text, held);
    for (const { hash } of held.named.digests) {
      const blobText = blobKeyText(hash);
      const blob = this.#entries.get(blobText);
      if (blob === undefined) continue;
      blob.usedAtMs = held.usedAtMs;
      this.#entries.delete(blobText);
      this.#entries.set(blobText, blob);
    }
  }

  #delete(text: string): void {
    const held = this.#entries.get(text);
    if (held === undefined) return;
    this.#entries.delete(text);
    this.#sizeBytes -= costBytes(held);
  }

  #evict(): void {
    if (this.#maxBytes === 0) return;
    for (const [text, held] of this.#entries) {
      if (this.#sizeBytes + this.#reservedBytes <= this.#maxBytes) return;
      this.#delete(text);
      this.#evictedEntries += 1;
      this.#evictedBytes += held.info.sizeBytes;
    }
  }
}

/** A digest's size is part of it. */
function isMeant(key: EntryKey, { info }: Held): boolean {
  return key.space !== 'cas' || key.sizeBytes === undefined || key.sizeBytes === info.sizeBytes;
}

const nothing: NamedBlobs = { digests: [], isComplete: true };

/** Reserves room for a body before it is held: all of it where its size is known, else for each piece. */
async function* counted(
  body: AsyncIterable<Uint8Array>,
  { sizeBytes: announcedBytes = 0 }: WriteOptions,
  reserve: (bytes: number) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  reserve(announcedBytes);
  let sizeBytes = 0;
  for await (const piece of body) {
    sizeBytes += piece.byteLength;
    reserve(sizeBytes);
    yield piece;
  }
}

function keyText(key: EntryKey): string {
  return key.space === 'cas' ? blobKeyText(key.hash) : `ac\0${key.namespace}\0${key.key}`;
}

function blobKeyText(hash: Sha256): string {
  return hash;
}

function costBytes(held: Held): number {
  return held.info.sizeBytes + overheadBytes + 64 * held.named.digests.length;
}

function storedEntry({ info, bytes }: Held): StoredEntry {
  return {
    kind: 'hit',
    info,
    bytes,
    // Nothing lies between what was proven and what is read.
    checksItself: true,
    open: async ({ offsetBytes = 0, lengthBytes = bytes.byteLength }) =>
      pieces(bytes.subarray(offsetBytes, offsetBytes + lengthBytes)),
  };
}

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += chunkBytes) {
    yield bytes.subarray(at, at + chunkBytes);
  }
}

function isSelected({ key, info, usedAtMs }: Held, by: PurgeSelection, nowMs: number): boolean {
  switch (by.what) {
    case 'key':
      return keyText(key) === keyText(by.key);
    case 'namespace':
      return key.space === 'ac' && key.namespace === by.namespace;
    case 'unused':
      return usedAtMs < nowMs - by.forMs;
    case 'older':
      return info.storedAtMs < nowMs - by.thanMs;
  }
}
