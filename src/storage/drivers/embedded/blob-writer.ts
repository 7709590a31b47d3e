import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CacheError, messageOf, systemCodeOf } from '../../../core/index.ts';
import type { BodySink } from '../../body.ts';
import { ChunkChecksums } from '../../chunk-checksums.ts';
import { diskFullCodes } from './commit-queue.ts';
import { closeFile, openFile, removeFile, syncFile, syncFolder, writeAt } from './file-io.ts';
import { blobPathOf, type Layout } from './layout.ts';
import type { Durability } from './options.ts';

/** What a blob writer is made of. */
export interface BlobWriterOptions {
  readonly layout: Layout;
  readonly id: number;
  readonly durability: Durability;
  /** Whether the body may grow so large that its chunks get checksums. */
  readonly makesChecksums: boolean;
  /** Called when the disk is full; resolves when what could be freed at once is freed. */
  readonly freeSpace: () => Promise<void>;
}

/** Writes one body's file. Ends with {@link finish} or {@link discard}. */
export class BlobWriter implements BodySink {
  readonly id: number;
  readonly #options: BlobWriterOptions;
  readonly #folder: string;
  readonly #path: string;
  readonly #checksums: ChunkChecksums | undefined;
  #fd: number | undefined;
  #sizeBytes = 0;

  constructor(options: BlobWriterOptions) {
    const { folder, file } = blobPathOf(options.layout, options.id);
    this.id = options.id;
    this.#options = options;
    this.#folder = folder;
    this.#path = file;
    this.#checksums = options.makesChecksums ? new ChunkChecksums() : undefined;
  }

  /** How many bytes were written. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  async open(): Promise<void> {
    this.#fd = await this.#retryWhenFull(() => this.#create());
  }

  async write(chunk: Uint8Array): Promise<void> {
    const fd = this.#openFd();
    this.#checksums?.update(chunk);
    let left = chunk;
    while (left.byteLength > 0) {
      const part = left;
      const count = await this.#retryWhenFull(() => writeAt(fd, part, this.#sizeBytes));
      this.#sizeBytes += count;
      left = left.subarray(count);
    }
  }

  /**
   * Closes the file; with durability `power`, syncs it and its name first.
   * @returns the checksums of what was written, if they were to be made.
   */
  async finish(): Promise<Uint8Array | undefined> {
    const fd = this.#openFd();
    try {
      if (this.#options.durability === 'power') {
        await syncFile(fd);
        await syncFolder(this.#folder);
        await this.#syncFolderName();
      }
    } catch (error) {
      throw writeError(error);
    }
    this.#fd = undefined;
    await closeFile(fd);
    return this.#checksums?.finish();
  }

  /**
   * Syncs the name of the folder, once in a process: whoever made it may have died, or not be done
   * with that yet.
   */
  async #syncFolderName(): Promise<void> {
    const { layout } = this.#options;
    const synced = syncedFolders.get(layout) ?? new Set<string>();
    if (synced.has(this.#folder)) return;
    await syncFolder(dirname(this.#folder));
    syncedFolders.set(layout, synced.add(this.#folder));
  }

  /** Removes whatever there is of the file. */
  async discard(): Promise<void> {
    const fd = this.#fd;
    this.#fd = undefined;
    if (fd !== undefined) await closeFile(fd).catch(() => {});
    await removeFile(this.#path);
  }

  async #create(): Promise<number> {
    try {
      return await openFile(this.#path, 'wx');
    } catch (error) {
      if (systemCodeOf(error) !== 'ENOENT') throw error;
    }
    // The first file of this folder.
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const fd = await openFile(this.#path, 'wx');
    return fd;
  }

  async #retryWhenFull<T>(action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      if (!diskFullCodes.has(systemCodeOf(error) ?? '')) throw writeError(error);
    }
    try {
      await this.#options.freeSpace();
    } catch {
      // What it unlinked is free all the same.
    }
    try {
      return await action();
    } catch (error) {
      throw writeError(error);
    }
  }

  #openFd(): number {
    if (this.#fd === undefined) throw new Error('the blob file is not open');
    return this.#fd;
  }
}

/** Folders of an open store whose names this process knows to be on the disk: at most 1,024. */
const syncedFolders = new WeakMap<Layout, Set<string>>();

function writeError(error: unknown): CacheError {
  if (error instanceof CacheError) return error;
  const isFull = diskFullCodes.has(systemCodeOf(error) ?? '');
  return isFull
    ? new CacheError('store_full', `no space left to write a blob: ${messageOf(error)}`, {
        cause: error,
      })
    : new CacheError('unavailable', `a blob cannot be written: ${messageOf(error)}`, {
        cause: error,
      });
}
