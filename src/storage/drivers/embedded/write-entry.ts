import { CacheError } from '../../../core/index.ts';
import { existsError, noRoomError, proveBody, type TakenBody, takeBody } from '../../body.ts';
import { checksumsBytes, uncheckedBytesMax } from '../../chunk-checksums.ts';
import { entryKeyBytes } from '../../entry-key-bytes.ts';
import { packReferences, referencesOf } from '../../packed-references.ts';
import {
  type EntryInfo,
  type EntryKey,
  type Generation,
  type NamedBlobs,
  referencesBytesMax,
  type WriteOptions,
} from '../../store.ts';
import { BlobWriter } from './blob-writer.ts';
import { again, type CommitQueue } from './commit-queue.ts';
import { entryCostBytes } from './entry-cost.ts';
import { storedByBytes } from './entry-record.ts';
import type { Environment } from './environment.ts';
import type { FileLedger } from './file-ledger.ts';
import type { NewEntry } from './index-transaction.ts';
import { type FinishedFile, PendingFile } from './pending-file.ts';
import { Reservation, type Reservations } from './reservations.ts';

/** What an {@link EntryWriter} writes with. */
export interface EntryWriterOptions {
  readonly env: Environment;
  readonly queue: CommitQueue;
  readonly files: FileLedger;
  readonly reservations: Reservations;
  /** Bound of the store; 0 = unbounded. */
  readonly maxBytes: number;
  /** Larger bodies get a file each. */
  readonly inlineBytesMax: number;
}

/** What was asked for. */
interface Write {
  readonly key: EntryKey;
  readonly keyBytes: Uint8Array;
  readonly options: WriteOptions;
}

/** A body that is whole, where it lies, and what it names. */
interface Taken extends TakenBody {
  readonly named: NamedBlobs;
  /** Undefined for a body that goes into the index. */
  readonly file: FinishedFile | undefined;
  /** Room that is held for it. */
  readonly heldBytes: number;
}

/** Writes entries: the body into memory or a file first, then the entry into the index by one commit. */
export class EntryWriter {
  readonly #options: EntryWriterOptions;
  #writes = 0;
  #onIdle: (() => void) | undefined;

  constructor(options: EntryWriterOptions) {
    this.#options = options;
  }

  /** As `write` of the store. */
  async write(
    key: EntryKey,
    body: Uint8Array | AsyncIterable<Uint8Array>,
    options: WriteOptions,
  ): Promise<EntryInfo> {
    const write: Write = { key, keyBytes: entryKeyBytes(key), options };
    this.#writes += 1;
    try {
      return body instanceof Uint8Array && body.byteLength <= this.#options.inlineBytesMax
        ? await this.#writeHeld(write, body)
        : await this.#writeAny(write, body);
    } finally {
      this.#writes -= 1;
      if (this.#writes === 0) this.#onIdle?.();
    }
  }

  /** Resolves when no write is under way. */
  async idle(): Promise<void> {
    while (this.#writes > 0) {
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve;
      });
    }
  }

  /** Most writes are of a small body that is in memory already: they need no file and no room ahead of it. */
  async #writeHeld(write: Write, body: Uint8Array): Promise<EntryInfo> {
    const { key, options } = write;
    const taken = proveBody(body, { key, write: options, sizeBytesMax: this.#sizeBytesMax });
    const named =
      options.references === undefined ? nothing : ((await options.references(body)) ?? nothing);
    return await this.#commit(write, { ...taken, named, file: undefined, heldBytes: 0 });
  }

  async #writeAny(write: Write, body: Uint8Array | AsyncIterable<Uint8Array>): Promise<EntryInfo> {
    const { key, options } = write;
    const { inlineBytesMax } = this.#options;
    const announcedBytes = body instanceof Uint8Array ? body.byteLength : options.sizeBytes;
    const reservation = new Reservation(this.#options.reservations, options.signal);
    const file = this.#pendingFile(write, announcedBytes, reservation);
    try {
      const taken = await takeBody(body, {
        key,
        write: options,
        memoryBytesMax: options.references === undefined ? inlineBytesMax : referencesBytesMax,
        sizeBytesMax: this.#sizeBytesMax,
        spill: () => file.open(announcedBytes),
      });
      const named =
        taken.bytes === undefined
          ? nothing
          : ((await options.references?.(taken.bytes)) ?? nothing);
      if (taken.bytes !== undefined && taken.sizeBytes > inlineBytesMax) {
        await file.open(taken.sizeBytes);
        await file.write(taken.bytes);
      }
      const finished = await file.finish();
      const { heldBytes } = reservation;
      const info = await this.#commit(write, { ...taken, named, file: finished, heldBytes });
      file.keep();
      return info;
    } catch (error) {
      await file.discard();
      throw error;
    }
  }

  get #sizeBytesMax(): number {
    const { maxBytes } = this.#options;
    return maxBytes === 0 ? Number.MAX_SAFE_INTEGER : maxBytes;
  }

  /** Puts a body that was taken into the index. */
  async #commit(
    { key, keyBytes, options }: Write,
    { sizeBytes, sha256, bytes, named, file, heldBytes }: Taken,
  ): Promise<EntryInfo> {
    const isBlob = key.space === 'cas';
    const packed = packReferences(named);
    const entry: NewEntry = {
      key: keyBytes,
      sizeBytes,
      sha256: isBlob ? undefined : Buffer.from(sha256, 'hex'),
      checksums: (sizeBytes > uncheckedBytesMax ? file?.checksums : undefined) ?? noBytes,
      references: packed,
      hasAllReferences: named.isComplete,
      storedBy: storedByBytes(options.storedBy, isBlob),
      body: file ?? { bytes: bytes ?? noBytes },
    };
    const stored = await this.#queue(entry, heldBytes, options);
    const references = referencesOf(packed, 1, named.isComplete);
    return { sizeBytes, sha256, references, ...stored };
  }

  async #queue(
    entry: NewEntry,
    heldBytes: number,
    { ifAbsent, signal }: WriteOptions,
  ): Promise<{ readonly storedAtMs: number; readonly generation: Generation }> {
    const { queue, reservations, maxBytes } = this.#options;
    const isFile = 'fileId' in entry.body;
    const costBytes = entryCostBytes({ ...entry, isFile }, entry.key.byteLength);
    if (maxBytes !== 0 && costBytes > maxBytes) {
      throw new CacheError(
        'too_large',
        `the store's limit is ${maxBytes} bytes, this entry needs ${costBytes}`,
      );
    }
    queue.assertRoom();
    return await queue.run((index) => {
      if (ifAbsent === true && index.find(entry.key) !== undefined) throw existsError();
      // The room that is held becomes the entry's.
      let room = index.makeRoom(costBytes - heldBytes);
      if (room === 'full') {
        reservations.giveSpareBack(index);
        room = index.makeRoom(costBytes - heldBytes);
      }
      if (room === 'more to evict') return again;
      if (room === 'full') throw noRoomError(maxBytes);
      index.lease(-heldBytes);
      const id = index.put(entry);
      return { storedAtMs: index.nowMs, generation: id };
    }, signal);
  }

  #pendingFile(
    { key, keyBytes, options: { storedBy } }: Write,
    announcedBytes: number | undefined,
    reservation: Reservation,
  ): PendingFile {
    const makesChecksums = announcedBytes === undefined || announcedBytes > uncheckedBytesMax;
    const isBlob = key.space === 'cas';
    const by = storedByBytes(storedBy, isBlob);
    const sections = { sha256: isBlob ? undefined : sha256Room, references: noBytes, storedBy: by };
    return new PendingFile({
      files: this.#options.files,
      reservation,
      costBytesOf: (sizeBytes) =>
        entryCostBytes(
          {
            ...sections,
            isFile: true,
            sizeBytes,
            checksums: { byteLength: checksumsBytes(sizeBytes) },
          },
          keyBytes.byteLength,
        ),
      createWriter: (id) => this.#blobWriter(id, makesChecksums),
    });
  }

  #blobWriter(id: number, makesChecksums: boolean): BlobWriter {
    const { env, files } = this.#options;
    return new BlobWriter({
      layout: env.layout,
      id,
      durability: env.durability,
      makesChecksums,
      freeSpace: () => files.discardNow(),
    });
  }
}

const nothing: NamedBlobs = { digests: [], isComplete: true };
const noBytes = Buffer.alloc(0);
const sha256Room = Buffer.alloc(32);
