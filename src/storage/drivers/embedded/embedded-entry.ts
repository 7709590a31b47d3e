import { uncheckedBytesMax } from '../../chunk-checksums.ts';
import type { EntryInfo, EntryKey, ReadOptions, StoredEntry } from '../../store.ts';

/** What an entry needs of its store to get at its bytes. */
export interface BodySource {
  /** Copies a body out of the index. `undefined` when it is not there. */
  readInline(info: EntryInfo): Uint8Array | undefined;
  /** @param checksums those of the entry, where its record has them. */
  openBody(
    key: EntryKey,
    info: EntryInfo,
    checksums: Uint8Array | undefined,
    options: ReadOptions,
  ): Promise<AsyncIterable<Uint8Array>>;
}

/** Where the bytes of an entry are. */
export interface BodyPlace {
  readonly isFile: boolean;
  readonly checksums: Uint8Array | undefined;
}

/** An entry found in the index. A body in the index is copied on first use. */
export class EmbeddedEntry implements StoredEntry {
  readonly kind = 'hit';
  readonly info: EntryInfo;
  readonly #key: EntryKey;
  readonly #source: BodySource;
  readonly #isFile: boolean;
  readonly #checksums: Uint8Array | undefined;
  #bytes: Uint8Array | undefined;

  constructor(key: EntryKey, info: EntryInfo, place: BodyPlace, source: BodySource) {
    this.info = info;
    this.#key = key;
    this.#isFile = place.isFile;
    this.#checksums = place.checksums;
    this.#source = source;
  }

  get bytes(): Uint8Array | undefined {
    if (this.#isFile) return undefined;
    this.#bytes ??= this.#source.readInline(this.info);
    return this.#bytes;
  }

  get checksItself(): boolean {
    return this.#isFile && this.info.sizeBytes > uncheckedBytesMax;
  }

  async open(options: ReadOptions): Promise<AsyncIterable<Uint8Array>> {
    const { bytes } = this;
    if (bytes === undefined) {
      return await this.#source.openBody(this.#key, this.info, this.#checksums, options);
    }
    const { offsetBytes = 0, lengthBytes = bytes.byteLength } = options;
    return once(bytes.subarray(offsetBytes, offsetBytes + lengthBytes));
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  if (bytes.byteLength > 0) yield bytes;
}
