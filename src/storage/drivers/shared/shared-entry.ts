import { CacheError } from '../../../core/index.ts';
import { abortedError } from '../../body.ts';
import { checksumsBytes } from '../../chunk-checksums.ts';
import type { EntryInfo, ReadOptions, StoredEntry } from '../../store.ts';
import type { FoundEntry } from './entry-lookup.ts';
import { type ObjectSources, readObject } from './objects/object-reader.ts';
import type { ObjectPart, StoredObject } from './objects/stored-object.ts';

/** What the index knows of an entry, as the store shows it. */
export function infoOf({ head, references }: Pick<FoundEntry, 'head' | 'references'>): EntryInfo {
  return {
    sizeBytes: head.sizeBytes,
    sha256: head.sha256,
    storedAtMs: head.storedAtMs,
    references,
    generation: head.generation,
  };
}

/** An entry whose body came with the lookup. */
export class InlineEntry implements StoredEntry {
  readonly kind = 'hit';
  readonly info: EntryInfo;
  readonly checksItself = false;
  readonly #body: Buffer;
  #bytes: Uint8Array | undefined;

  constructor(found: FoundEntry) {
    this.info = infoOf(found);
    this.#body = found.kept;
  }

  /** A copy, since what came from Redis may be part of a larger piece that would be kept with it. */
  get bytes(): Uint8Array {
    this.#bytes ??= Uint8Array.prototype.slice.call(this.#body);
    return this.#bytes;
  }

  async open(options: ReadOptions): Promise<AsyncIterable<Uint8Array>> {
    if (options.signal.aborted) throw abortedError(options.signal);
    if (this.#body.byteLength !== this.info.sizeBytes) {
      throw new CacheError('damaged', 'the body of a stored entry has another size');
    }
    const { offsetBytes = 0, lengthBytes = this.#body.byteLength } = options;
    return once(this.#body.subarray(offsetBytes, offsetBytes + lengthBytes));
  }
}

/** An entry whose body is an object; its checksums came with the lookup. */
export class ObjectEntry implements StoredEntry {
  readonly kind = 'hit';
  readonly info: EntryInfo;
  readonly bytes = undefined;
  readonly checksItself = true;
  readonly #object: StoredObject;
  readonly #sources: ObjectSources;

  constructor(found: FoundEntry, sources: ObjectSources) {
    const { generation: name, sizeBytes, sha256 } = found.head;
    this.info = infoOf(found);
    this.#object = { name, sizeBytes, sha256, checksums: found.kept };
    this.#sources = sources;
  }

  async open(options: ReadOptions): Promise<AsyncIterable<Uint8Array>> {
    const { signal, offsetBytes = 0, lengthBytes = Infinity } = options;
    if (signal.aborted) throw abortedError(signal);
    const object = this.#object;
    if (object.checksums.byteLength !== checksumsBytes(object.sizeBytes)) {
      throw new CacheError('damaged', 'a stored entry has the checksums of another size');
    }
    const part: ObjectPart = { object, offsetBytes, lengthBytes, signal };
    await this.#sources.nearer?.prepare(part);
    return readObject(this.#sources, part);
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  if (bytes.byteLength > 0) yield bytes;
}
