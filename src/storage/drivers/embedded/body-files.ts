import {
  CacheError,
  type Logger,
  messageOf,
  Sha256Stream,
  systemCodeOf,
} from '../../../core/index.ts';
import { ChunkChecksums, uncheckedBytesMax } from '../../chunk-checksums.ts';
import type { EntryInfo, EntryKey, ReadOptions } from '../../store.ts';
import { openBlob } from './blob-reader.ts';
import { blobPathOf, type Layout } from './layout.ts';

/** What {@link BodyFiles} reads with. */
export interface BodyFilesOptions {
  readonly layout: Layout;
  readonly logger: Logger;
  /** Writes checksums into the record of an entry that has none. */
  readonly keepChecksums: (key: EntryKey, info: EntryInfo, checksums: Uint8Array) => Promise<void>;
}

/** Opens the files of large bodies, and compares what is read with the checksums of what was stored. */
export class BodyFiles {
  readonly #options: BodyFilesOptions;
  /** Bodies without checksums that are being read through, by id: who asks meanwhile waits for the same. */
  readonly #proving = new Map<number, Promise<Uint8Array>>();

  constructor(options: BodyFilesOptions) {
    this.#options = options;
  }

  /**
   * Opens a part of a body. One larger than {@link uncheckedBytesMax} without checksums was stored
   * by format 1: it is first read through and compared with its SHA-256, once, and has them from then on.
   * @throws {CacheError} `damaged`, `unavailable`, `aborted`. @returns undefined where the file is gone.
   */
  async open(
    key: EntryKey,
    info: EntryInfo,
    checksums: Uint8Array | undefined,
    options: ReadOptions,
  ): Promise<AsyncIterable<Uint8Array> | undefined> {
    try {
      const isChecked = info.sizeBytes > uncheckedBytesMax;
      const known = isChecked ? (checksums ?? (await this.#prove(key, info))) : undefined;
      return await this.#openFile(info, known, options);
    } catch (error) {
      if (error instanceof CacheError) throw error;
      if (systemCodeOf(error) === 'ENOENT') return undefined;
      throw new CacheError('unavailable', `a blob cannot be opened: ${messageOf(error)}`, {
        cause: error,
      });
    }
  }

  #openFile(
    info: EntryInfo,
    checksums: Uint8Array | undefined,
    { offsetBytes = 0, lengthBytes = info.sizeBytes, signal }: ReadOptions,
  ): Promise<AsyncIterable<Uint8Array>> {
    const { file: path } = blobPathOf(this.#options.layout, Number(info.generation));
    const { sizeBytes } = info;
    return openBlob({ path, sizeBytes, offsetBytes, lengthBytes, checksums, signal });
  }

  #prove(key: EntryKey, info: EntryInfo): Promise<Uint8Array> {
    const id = Number(info.generation);
    const running = this.#proving.get(id);
    if (running !== undefined) return running;
    const proving = this.#makeChecksums(key, info).finally(() => this.#proving.delete(id));
    this.#proving.set(id, proving);
    return proving;
  }

  async #makeChecksums(key: EntryKey, info: EntryInfo): Promise<Uint8Array> {
    const hash = new Sha256Stream();
    const made = new ChunkChecksums();
    // Whoever asked first may go while others wait: reading a file to its end is short.
    const { signal } = new AbortController();
    for await (const piece of await this.#openFile(info, undefined, { signal })) {
      hash.update(piece);
      made.update(piece);
    }
    if (hash.digest() !== info.sha256) {
      throw new CacheError(
        'damaged',
        `a stored body of ${info.sizeBytes} bytes no longer matches SHA-256 ${info.sha256}`,
      );
    }
    const checksums = made.finish();
    await this.#options.keepChecksums(key, info, checksums).catch((error: unknown) => {
      const fields = { error: messageOf(error) };
      this.#options.logger.warn(fields, 'the checksums of a body of format 1 could not be kept');
    });
    return checksums;
  }
}
