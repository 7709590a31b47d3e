import { CacheError } from '../../../core/index.ts';
import { existsError, noRoomError, takeBody } from '../../body.ts';
import { entryKeyBytes } from '../../entry-key-bytes.ts';
import { packReferences, referencesOf } from '../../packed-references.ts';
import {
  type EntryInfo,
  type EntryKey,
  type NamedBlobs,
  referencesBytesMax,
  type WriteOptions,
} from '../../store.ts';
import { entryCostBytes } from './entry-cost.ts';
import { type EntryHead, encodeHead, encodeStoredBy } from './entry-head.ts';
import { Generations } from './generations.ts';
import type { ObjectCalls } from './objects/object-calls.ts';
import { ObjectUpload } from './objects/object-upload.ts';
import { textOf } from './redis/redis-connection.ts';
import { Reservation, type ReservationOptions } from './reservation.ts';
import { type Body, reserving } from './reserved-body.ts';
import { commitScript } from './scripts/writes.ts';
import { infoOf } from './shared-entry.ts';
import { WriteSlots } from './write-slots.ts';

/** What an {@link EntryWriter} writes with. */
export interface EntryWriterOptions extends ReservationOptions {
  /** Larger bodies become objects. */
  readonly inlineBytesMax: number;
  /** Absent: larger bodies are refused. */
  readonly objects: ObjectCalls | undefined;
  /** Takes a body under way that could not be given up, so that it is tried again. */
  readonly abandonLater: (generation: string) => void;
}

/** Writes entries: takes the body, proves it, and makes it visible by one script. */
export class EntryWriter {
  readonly #options: EntryWriterOptions;
  readonly #generations = new Generations();
  readonly #slots = new WriteSlots();
  readonly #underWay = new Set<Promise<unknown>>();

  constructor(options: EntryWriterOptions) {
    this.#options = options;
  }

  /** As `write` of the store. */
  async write(key: EntryKey, body: Body, options: WriteOptions): Promise<EntryInfo> {
    const written = this.#write(key, body, options);
    this.#underWay.add(written);
    try {
      return await written;
    } finally {
      this.#underWay.delete(written);
    }
  }

  /** Resolves when no write is under way. */
  async idle(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay);
  }

  async #write(key: EntryKey, body: Body, options: WriteOptions): Promise<EntryInfo> {
    const { inlineBytesMax, scripts } = this.#options;
    const keyBytes = entryKeyBytes(key);
    const generation = this.#generations.next();
    const reservation = new Reservation(generation, this.#options);
    const storedBy = encodeStoredBy(options.storedBy);
    const row = { keyBytes: keyBytes.byteLength, extraBytes: storedBy.byteLength };
    const sizeBytesMax = this.#sizeBytesMax(
      entryCostBytes({ ...row, sizeBytes: 0, references: 0 }),
    );
    let upload: ObjectUpload | undefined;
    const openUpload = async (announcedBytes: number | undefined): Promise<ObjectUpload> => {
      // It is written down before there can be an object of it.
      await reservation.growTo(Math.max(inlineBytesMax, announcedBytes ?? 0));
      upload = await this.#beginUpload(key, keyBytes, { generation, announcedBytes, options });
      return upload;
    };
    try {
      const announcedBytes = body instanceof Uint8Array ? body.byteLength : options.sizeBytes;
      const taken = await takeBody(reserving(body, options, reservation, sizeBytesMax), {
        key,
        write: options,
        memoryBytesMax: options.references === undefined ? inlineBytesMax : referencesBytesMax,
        sizeBytesMax,
        spill: () => openUpload(announcedBytes),
      });
      const { bytes, sizeBytes, sha256 } = taken;
      const named =
        (bytes === undefined ? undefined : await options.references?.(bytes)) ?? nothing;
      if (bytes !== undefined && sizeBytes > inlineBytesMax) {
        await (await openUpload(sizeBytes)).write(bytes);
      }
      const checksums = await upload?.finish(sha256, sizeBytes);
      const references = packReferences(named);
      const kept = checksums ?? bytes ?? noBytes;
      const outsideBytes = checksums === undefined ? 0 : sizeBytes;
      const head: EntryHead = {
        isObject: checksums !== undefined,
        hasAllReferences: named.isComplete,
        references: named.digests.length,
        sizeBytes,
        storedAtMs: scripts.index.nowMs(),
        costBytes:
          outsideBytes +
          entryCostBytes({ ...row, sizeBytes: kept.byteLength, references: named.digests.length }),
        generation,
        sha256,
      };
      const entry = Buffer.concat([encodeHead(head, storedBy), kept]);
      await this.#commit(keyBytes, head, { entry, references, reservation, options });
      return infoOf({ head, references: referencesOf(references, 1, named.isComplete) });
    } catch (error) {
      await upload?.abandon();
      await reservation
        .abandon(upload !== undefined)
        .catch(() => this.#options.abandonLater(generation));
      throw error;
    }
  }

  /** The largest body that there can be room for, beside what an entry costs without one. */
  #sizeBytesMax(leastBytes: number): number {
    const { maxBytes, inlineBytesMax, objects } = this.#options;
    const storeBytesMax = maxBytes === 0 ? Infinity : Math.max(0, maxBytes - leastBytes);
    return objects === undefined ? Math.min(inlineBytesMax, storeBytesMax) : storeBytesMax;
  }

  #beginUpload(
    key: EntryKey,
    keyBytes: Buffer,
    under: {
      readonly generation: string;
      readonly announcedBytes: number | undefined;
      readonly options: WriteOptions;
    },
  ): Promise<ObjectUpload> {
    const { objects } = this.#options;
    // Without an object store no such size is let through.
    if (objects === undefined) throw new Error('there is no object store');
    const { options, announcedBytes, generation } = under;
    return ObjectUpload.begin(objects, {
      name: generation,
      key: keyBytes,
      announcedBytes,
      sha256: key.space === 'cas' ? key.hash : options.sha256,
      signal: options.signal,
    });
  }

  /** @throws {CacheError} `exists`, `store_full`, `unavailable`. */
  async #commit(
    keyBytes: Buffer,
    head: EntryHead,
    { entry, references, reservation, options }: Commit,
  ): Promise<void> {
    const { scripts, node, maxBytes } = this.#options;
    const slot = this.#slots.take();
    let attempts = 0;
    let outcome = '';
    try {
      const reply = await scripts.run(commitScript, () => {
        attempts += 1;
        return [
          keyBytes,
          Buffer.from(head.generation, 'hex'),
          entry,
          references,
          options.ifAbsent === true ? '1' : '0',
          reservation.isTaken ? '1' : '0',
          node,
          String(slot),
        ];
      });
      outcome = textOf(reply);
    } finally {
      // What was sent and not answered may be executed until its time is over; then the slot is free.
      if (attempts === 1 && outcome !== '') this.#slots.give(slot);
      else setTimeout(() => this.#slots.give(slot), 2 * scripts.attemptTimeoutMs).unref();
    }
    if (outcome === 'exists') throw existsError();
    if (outcome === 'full') throw noRoomError(maxBytes);
    if (outcome === 'lost') {
      throw new CacheError('unavailable', 'the write took too long and was given up');
    }
  }
}

interface Commit {
  /** Its head, who stored it, and the body or the checksums of an object. */
  readonly entry: Buffer;
  readonly references: Buffer;
  readonly reservation: Reservation;
  readonly options: WriteOptions;
}

const nothing: NamedBlobs = { digests: [], isComplete: true };
const noBytes = new Uint8Array();
