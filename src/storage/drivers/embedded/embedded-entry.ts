import type { EntryInfo, EntryKey, StoredEntry } from '../../store.ts';

/** What an entry needs of its store to get at its bytes. */
export interface BodySource {
  /** Copies a body out of the index. `undefined` when it is not there. */
  readInline(info: EntryInfo): Uint8Array | undefined;
  openBody(
    key: EntryKey,
    info: EntryInfo,
    options: OpenOptions,
  ): Promise<AsyncIterable<Uint8Array>>;
}

interface OpenOptions {
  readonly offsetBytes?: number;
  readonly signal: AbortSignal;
}

/** An entry found in the index. A body in the index is copied on first use. */
export class EmbeddedEntry implements StoredEntry {
  readonly kind = 'hit';
  readonly info: EntryInfo;
  readonly #key: EntryKey;
  readonly #source: BodySource;
  readonly #isInline: boolean;
  #bytes: Uint8Array | undefined;

  constructor(key: EntryKey, info: EntryInfo, isInline: boolean, source: BodySource) {
    this.info = info;
    this.#key = key;
    this.#isInline = isInline;
    this.#source = source;
  }

  get bytes(): Uint8Array | undefined {
    if (!this.#isInline) return undefined;
    this.#bytes ??= this.#source.readInline(this.info);
    return this.#bytes;
  }

  async open(options: OpenOptions): Promise<AsyncIterable<Uint8Array>> {
    const { bytes } = this;
    return bytes === undefined
      ? await this.#source.openBody(this.#key, this.info, options)
      : once(bytes.subarray(options.offsetBytes ?? 0));
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  if (bytes.byteLength > 0) yield bytes;
}
