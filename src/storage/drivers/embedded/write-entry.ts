import { CacheError, type Sha256 } from '../../../core/index.ts';
import { existsError, takeBody } from '../../body.ts';
import {
  type EntryInfo,
  type EntryKey,
  type Generation,
  referencesBytesMax,
  type WriteOptions,
} from '../../store.ts';
import { BlobWriter } from './blob-writer.ts';
import { again, type CommitQueue } from './commit-queue.ts';
import { entryCostBytes } from './entry-cost.ts';
import { entryKeyBytes } from './entry-key-bytes.ts';
import type { Environment } from './environment.ts';
import type { FileLedger } from './file-ledger.ts';
import type { NewEntry } from './index-transaction.ts';
import { PendingFile } from './pending-file.ts';

/** What an {@link EntryWriter} writes with. */
export interface EntryWriterOptions {
  readonly env: Environment;
  readonly queue: CommitQueue;
  readonly files: FileLedger;
  /** Bound of the store; 0 = unbounded. */
  readonly maxBytes: number;
  /** Larger bodies get a file each. */
  readonly inlineBytesMax: number;
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
    const keyBytes = entryKeyBytes(key);
    this.#writes += 1;
    try {
      return await this.#write(key, keyBytes, body, options);
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

  async #write(
    key: EntryKey,
    keyBytes: Uint8Array,
    body: Uint8Array | AsyncIterable<Uint8Array>,
    options: WriteOptions,
  ): Promise<EntryInfo> {
    const { files, inlineBytesMax, maxBytes } = this.#options;
    const file = new PendingFile(files, (id) => this.#blobWriter(id));
    try {
      const taken = await takeBody(body, {
        key,
        write: options,
        memoryBytesMax: options.references === undefined ? inlineBytesMax : referencesBytesMax,
        sizeBytesMax: maxBytes === 0 ? Number.MAX_SAFE_INTEGER : maxBytes,
        spill: () => file.open(),
      });
      const references =
        taken.bytes === undefined ? none : ((await options.references?.(taken.bytes)) ?? none);
      if (taken.bytes !== undefined && taken.sizeBytes > inlineBytesMax) {
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
    const { queue, maxBytes } = this.#options;
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
      if (!index.makeRoom(costBytes)) return again;
      const id = index.put(entry);
      return { storedAtMs: index.nowMs, generation: id };
    }, signal);
  }

  #blobWriter(id: number): BlobWriter {
    const { env, files } = this.#options;
    return new BlobWriter({
      layout: env.layout,
      id,
      durability: env.durability,
      freeSpace: () => files.discardNow(),
    });
  }
}

const none: readonly Sha256[] = [];
const noBytes = Buffer.alloc(0);
