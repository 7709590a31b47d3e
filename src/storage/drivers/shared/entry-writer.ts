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
import { type EntryHead, encodeHead } from './entry-head.ts';
import { Generations } from './generations.ts';
import { textOf } from './redis/redis-connection.ts';
import { Reservation, type ReservationOptions } from './reservation.ts';
import { commitScript } from './scripts/writes.ts';
import { infoOf } from './shared-entry.ts';
import { WriteSlots } from './write-slots.ts';

type Body = Uint8Array | AsyncIterable<Uint8Array>;

/** What an {@link EntryWriter} writes with. */
export interface EntryWriterOptions extends ReservationOptions {
  /** Larger bodies are refused. */
  readonly inlineBytesMax: number;
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
    const { maxBytes, inlineBytesMax, scripts } = this.#options;
    const keyBytes = entryKeyBytes(key);
    const generation = this.#generations.next();
    const reservation = new Reservation(generation, this.#options);
    const leastBytes = costOf(0, keyBytes, 0, options);
    const storeBytesMax = maxBytes === 0 ? Infinity : Math.max(0, maxBytes - leastBytes);
    const sizeBytesMax = Math.min(inlineBytesMax, storeBytesMax);
    try {
      const taken = await takeBody(reserving(body, options, reservation, sizeBytesMax), {
        key,
        write: options,
        memoryBytesMax: inlineBytesMax,
        sizeBytesMax,
        spill: () => Promise.reject(new Error('there is nowhere to spill to')),
      });
      const bytes = taken.bytes ?? noBytes;
      const named = (await namedBy(bytes, options)) ?? nothing;
      const references = packReferences(named);
      const head: EntryHead = {
        isObject: false,
        hasAllReferences: named.isComplete,
        references: named.digests.length,
        sizeBytes: taken.sizeBytes,
        storedAtMs: scripts.index.nowMs(),
        costBytes: costOf(taken.sizeBytes, keyBytes, named.digests.length, options),
        generation,
        sha256: taken.sha256,
      };
      await this.#commit(keyBytes, head, { bytes, references, reservation, options });
      return infoOf({ head, references: referencesOf(references, 1, named.isComplete) });
    } catch (error) {
      await reservation.abandon(false).catch(() => this.#options.abandonLater(generation));
      throw error;
    }
  }

  /** @throws {CacheError} `exists`, `store_full`, `unavailable`. */
  async #commit(
    keyBytes: Buffer,
    head: EntryHead,
    { bytes, references, reservation, options }: Commit,
  ): Promise<void> {
    const { scripts, node, maxBytes } = this.#options;
    const entry = Buffer.concat([encodeHead(head, options.storedBy), bytes]);
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
          asBuffer(references),
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
  readonly bytes: Uint8Array;
  readonly references: Uint8Array;
  readonly reservation: Reservation;
  readonly options: WriteOptions;
}

/** Passes a body on, having set room aside for it once it is large. */
function reserving(
  body: Body,
  { sizeBytes: announcedBytes }: WriteOptions,
  reservation: Reservation,
  sizeBytesMax: number,
): Body {
  if (body instanceof Uint8Array) return body;
  if (announcedBytes !== undefined && announcedBytes <= unreservedBytesMax) return body;
  return reservedPieces(body, announcedBytes, reservation, sizeBytesMax);
}

async function* reservedPieces(
  body: AsyncIterable<Uint8Array>,
  announcedBytes: number | undefined,
  reservation: Reservation,
  sizeBytesMax: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  // What is larger than the store is refused by who takes the body.
  const grow = async (sizeBytes: number): Promise<void> => {
    if (sizeBytes <= sizeBytesMax) await reservation.growTo(sizeBytes);
  };
  if (announcedBytes !== undefined) await grow(announcedBytes);
  let sizeBytes = 0;
  for await (const piece of body) {
    sizeBytes += piece.byteLength;
    if (
      announcedBytes === undefined &&
      sizeBytes > unreservedBytesMax &&
      sizeBytes <= sizeBytesMax
    ) {
      await grow(
        Math.min(sizeBytesMax, Math.ceil(sizeBytes / reserveStepBytes) * reserveStepBytes),
      );
    }
    yield piece;
  }
}

/** Smaller bodies are in memory until their commit, and take no room before. */
const unreservedBytesMax = 64 * 2 ** 10;
/** A body of unknown size sets room aside by so much at a time. */
const reserveStepBytes = 256 * 2 ** 10;

async function namedBy(bytes: Uint8Array, options: WriteOptions): Promise<NamedBlobs | undefined> {
  return bytes.byteLength > referencesBytesMax ? undefined : await options.references?.(bytes);
}

function costOf(
  sizeBytes: number,
  { byteLength: keyBytes }: Buffer,
  references: number,
  { storedBy }: WriteOptions,
): number {
  const extraBytes =
    storedBy === undefined
      ? 0
      : Buffer.byteLength(storedBy.principal) + Buffer.byteLength(storedBy.namespace) + 1;
  return entryCostBytes({ sizeBytes, keyBytes, extraBytes, references });
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

const nothing: NamedBlobs = { digests: [], isComplete: true };
const noBytes = new Uint8Array();
