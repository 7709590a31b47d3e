import type { EntryInfo, EntryKey, StoredEntry } from '../../store.ts';

/** What an entry needs of its store to open the file behind it. */
export interface EntryOpener {
  openFileOf(
    key: EntryKey,
    info: EntryInfo,
    options: OpenOptions,
  ): Promise<AsyncIterable<Uint8Array>>;
}

interface OpenOptions {
  readonly offsetBytes?: number;
  readonly signal: AbortSignal;
}

/** An entry found in the index. */
export class EmbeddedEntry implements StoredEntry {
  readonly kind = 'hit';
  readonly info: EntryInfo;
  readonly bytes: Uint8Array | undefined;
  readonly #key: EntryKey;
  readonly #opener: EntryOpener;

  constructor(key: EntryKey, info: EntryInfo, bytes: Uint8Array | undefined, opener: EntryOpener) {
    this.info = info;
    this.bytes = bytes;
    this.#key = key;
    this.#opener = opener;
  }

  open(options: OpenOptions): Promise<AsyncIterable<Uint8Array>> {
    return this.bytes === undefined
      ? this.#opener.openFileOf(this.#key, this.info, options)
      : Promise.resolve(once(this.bytes.subarray(options.offsetBytes ?? 0)));
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  if (bytes.byteLength > 0) yield bytes;
}
