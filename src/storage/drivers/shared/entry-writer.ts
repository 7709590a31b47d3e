import { takeBody } from '../../body.ts';
import { entryKeyBytes } from '../../entry-key-bytes.ts';
import { packReferences, referencesOf } from '../../packed-references.ts';
import {
  type EntryInfo,
  type EntryKey,
  type NamedBlobs,
  referencesBytesMax,
  type WriteOptions,
} from '../../store.ts';
import { EntryCommits } from './entry-commits.ts';
import { entryCostBytes } from './entry-cost.ts';
import { encodeStoredBy } from './entry-head.ts';
import { Generations } from './generations.ts';
import { makeEntry } from './make-entry.ts';
import type { ObjectCalls } from './objects/object-calls.ts';
import { ObjectUpload, type UploadOptions } from './objects/object-upload.ts';
import { Reservation, type ReservationOptions } from './reservation.ts';
import { type Body, reserving } from './reserved-body.ts';
import { infoOf } from './shared-entry.ts';

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
  readonly #commits: EntryCommits;
  readonly #underWay = new Set<Promise<unknown>>();

  constructor(options: EntryWriterOptions) {
    this.#options = options;
    this.#commits = new EntryCommits(options);
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
    const sizeBytesMax = this.#sizeBytesMax(keyBytes, storedBy);
    let upload: ObjectUpload | undefined;
    const openUpload = async (
      announcedBytes: number | undefined,
      namesBlobs = false,
    ): Promise<ObjectUpload> => {
      // It is written down before there can be an object of it.
      await reservation.growTo(Math.max(inlineBytesMax, announcedBytes ?? 0));
      upload = await this.#beginUpload({
        name: generation,
        key: keyBytes,
        namesBlobs,
        announcedBytes,
        sha256: key.space === 'cas' ? key.hash : options.sha256,
        signal: options.signal,
      });
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
        await (await openUpload(sizeBytes, mayName(named))).write(bytes);
      }
      const checksums = await upload?.finish(sha256, sizeBytes);
      const references = packReferences(named);
      const { head, entry } = makeEntry({
        isObject: checksums !== undefined,
        hasAllReferences: named.isComplete,
        references: named.digests.length,
        sizeBytes,
        storedAtMs: scripts.index.nowMs(),
        generation,
        sha256,
        keyBytes,
        storedBy,
        kept: checksums ?? bytes ?? noBytes,
      });
      await this.#commits.make(keyBytes, generation, {
        entry,
        references,
        onlyIf: options.ifAbsent === true ? 'absent' : 'any',
        hasIntent: reservation.isTaken,
      });
      return infoOf({ head, references: referencesOf(references, 1, named.isComplete) });
    } catch (error) {
      await upload?.abandon();
      await reservation
        .abandon(upload !== undefined)
        .catch(() => this.#options.abandonLater(generation));
      throw error;
    }
  }

  /** The largest body that there can be room for. */
  #sizeBytesMax({ byteLength: keyBytes }: Buffer, { byteLength: extraBytes }: Buffer): number {
    const leastBytes = entryCostBytes({ sizeBytes: 0, keyBytes, extraBytes, references: 0 });
    const { maxBytes, inlineBytesMax, objects } = this.#options;
    const storeBytesMax = maxBytes === 0 ? Infinity : Math.max(0, maxBytes - leastBytes);
    return objects === undefined ? Math.min(inlineBytesMax, storeBytesMax) : storeBytesMax;
  }

  #beginUpload(upload: UploadOptions): Promise<ObjectUpload> {
    const { objects } = this.#options;
    // Without an object store no such size is let through.
    if (objects === undefined) throw new Error('there is no object store');
    return ObjectUpload.begin(objects, upload);
  }
}

/** Whether something is a body that names others, as far as is known. */
function mayName({ digests, isComplete }: NamedBlobs): boolean {
  return digests.length > 0 || !isComplete;
}

const nothing: NamedBlobs = { digests: [], isComplete: true };
const noBytes = new Uint8Array();
