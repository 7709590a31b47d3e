import { CacheError, type Sha256 } from '../../../../core/index.ts';
import { abortedError, type BodySink } from '../../../body.ts';
import { ChunkChecksums } from '../../../chunk-checksums.ts';
import type { ObjectCalls } from './object-calls.ts';
import { metadataOf } from './object-metadata.ts';
import type { Upload } from './object-store.ts';

/** What is known of a body before it comes. */
export interface UploadOptions {
  readonly name: string;
  readonly key: Buffer;
  readonly namesBlobs: boolean;
  readonly announcedBytes: number | undefined;
  /** Where the key is a hash. */
  readonly sha256: Sha256 | undefined;
  readonly signal: AbortSignal;
}

/**
 * Sends a body to the object store while it comes: in one request where it is small, else in parts.
 * It holds one part, since a part is sent again where its request fails, and takes no more of the
 * body while a part is sent. Ends with {@link finish} or {@link abandon}.
 */
export class ObjectUpload implements BodySink {
  readonly #calls: ObjectCalls;
  readonly #options: UploadOptions;
  readonly #partBytes: number;
  readonly #checksums = new ChunkChecksums();
  readonly #tags: string[] = [];
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  #upload: Upload | undefined;
  #isOver = false;

  /** Begins, once there is a place for one more part in memory. @throws {CacheError} `unavailable`, `aborted`, `overloaded`. */
  static async begin(calls: ObjectCalls, options: UploadOptions): Promise<ObjectUpload> {
    calls.assertAnswering();
    if (!(await calls.uploads.take(options.signal))) throw abortedError(options.signal);
    return new ObjectUpload(calls, options);
  }

  private constructor(calls: ObjectCalls, options: UploadOptions) {
    this.#calls = calls;
    this.#options = options;
    this.#partBytes = partBytesFor(options.announcedBytes);
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#checksums.update(chunk);
    for (let at = 0; at < chunk.byteLength; ) {
      // A part is sent when more follows, so that a body of one part needs one request.
      if (this.#heldBytes === this.#partBytes) await this.#sendPart();
      const piece = chunk.subarray(at, at + this.#partBytes - this.#heldBytes);
      this.#held.push(piece);
      this.#heldBytes += piece.byteLength;
      at += piece.byteLength;
    }
  }

  /** Sends the rest. @returns the checksums of the body. */
  async finish(sha256: Sha256, sizeBytes: number): Promise<Uint8Array> {
    const { name, key, namesBlobs, signal } = this.#options;
    if (this.#upload === undefined) {
      const bytes = this.#takeHeld();
      const metadata = metadataOf({ key, namesBlobs, sha256, sizeBytes });
      await this.#calls.run((store, stop) => store.put(name, bytes, metadata, stop), signal);
    } else {
      await this.#sendPart();
      const upload = this.#upload;
      await this.#calls.run((store, stop) => store.complete(upload, this.#tags, stop), signal);
      this.#upload = undefined;
    }
    this.#end();
    return this.#checksums.finish();
  }

  /** Ends an object in parts that is not to be; what cannot be reached now ends by the bucket's lifecycle. */
  async abandon(): Promise<void> {
    const upload = this.#upload;
    this.#held = [];
    this.#upload = undefined;
    this.#end();
    if (upload === undefined) return;
    await this.#calls.run((store, stop) => store.abandon(upload, stop)).catch(() => {});
  }

  async #sendPart(): Promise<void> {
    const { name, announcedBytes: sizeBytes, signal, ...origin } = this.#options;
    const bytes = this.#takeHeld();
    if (this.#upload === undefined) {
      const metadata = metadataOf({ ...origin, sizeBytes });
      const id = await this.#calls.run((store, stop) => store.begin(name, metadata, stop), signal);
      this.#upload = { name, id };
    }
    const upload = this.#upload;
    const number = this.#tags.length + 1;
    if (number > partsMax) {
      throw new CacheError('too_large', `S3 takes ${partsMax} parts of ${this.#partBytes} bytes`);
    }
    const send = this.#calls.run(
      (store, stop) => store.putPart(upload, number, bytes, stop),
      signal,
    );
    this.#tags.push(await send);
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#calls.uploads.give();
  }

  #takeHeld(): Uint8Array {
    const bytes = Buffer.concat(this.#held);
    this.#held = [];
    this.#heldBytes = 0;
    return bytes;
  }
}

/** All parts but the last have one size, which some stores require. */
function partBytesFor(announcedBytes = 0): number {
  return Math.max(partBytesMin, Math.ceil(announcedBytes / partsMax));
}

/** No store takes smaller parts than 5 MiB. A body of unknown size may have 78 GiB. */
export const partBytesMin: number = 8 * 2 ** 20;
const partsMax = 10_000;
