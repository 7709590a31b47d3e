import { CacheError } from '../../core/index.ts';

/**
 * One blob on its way in: chunks come from the stream of a call, and leave as the body of a write to
 * the cache. It sits between the two so that the write can outlive a stream that broke off, and
 * take the rest from the next one. Holds one chunk at a time.
 */
export class Upload {
  /** Bytes taken so far, as the client counts them: encoded ones where the resource is compressed. */
  receivedBytes = 0;
  /** The write: settles when the blob is stored, or why it is not. */
  readonly stored: Promise<void>;
  readonly #abort = new AbortController();
  #chunk: Uint8Array | undefined;
  #isFinished = false;
  #isSettled = false;
  #onChunk: (() => void) | undefined;
  #onTaken: (() => void) | undefined;

  constructor(store: (body: AsyncIterable<Uint8Array>, signal: AbortSignal) => Promise<void>) {
    this.stored = store(this.#body(), this.#abort.signal).finally(() => {
      this.#isSettled = true;
      this.#onTaken?.();
    });
    // Whoever waits for it sees the failure; when nobody does any more, it is not unhandled.
    this.stored.catch(() => {});
  }

  /** Hands a chunk on; resolves when the write has asked for the next one. Not to be called twice at a time. */
  async push(chunk: Uint8Array): Promise<void> {
    if (chunk.byteLength === 0 || this.#isSettled) return;
    this.#chunk = chunk;
    this.receivedBytes += chunk.byteLength;
    this.#onChunk?.();
    await new Promise<void>((resolve) => {
      this.#onTaken = resolve;
      if (this.#chunk === undefined || this.#isSettled) resolve();
    });
  }

  /** Says that no more comes. */
  finish(): void {
    this.#isFinished = true;
    this.#onChunk?.();
  }

  /** Gives the blob up: nothing of it stays. */
  abort(error: CacheError): void {
    this.#abort.abort(error);
    this.#onChunk?.();
  }

  get isSettled(): boolean {
    return this.#isSettled;
  }

  async *#body(): AsyncGenerator<Uint8Array, void, undefined> {
    while (true) {
      const chunk = this.#chunk;
      if (chunk !== undefined) {
        yield chunk;
        // Asked for more: the chunk is dealt with.
        this.#chunk = undefined;
        this.#onTaken?.();
        continue;
      }
      if (this.#abort.signal.aborted) throw this.#abort.signal.reason;
      if (this.#isFinished) return;
      await new Promise<void>((resolve) => {
        this.#onChunk = resolve;
      });
    }
  }
}

/**
 * Uploads under way, by resource name, and those that broke off and wait for their client. Only
 * this process knows them; a client that comes back elsewhere begins anew.
 */
export class Uploads {
  readonly #byName = new Map<string, Upload>();
  readonly #waiting = new Map<Upload, NodeJS.Timeout>();
  readonly #options: UploadsOptions;

  constructor(options: UploadsOptions) {
    this.#options = options;
  }

  /** The upload of that name, for whoever asks how far it has come. */
  find(name: string): Upload | undefined {
    return this.#byName.get(name);
  }

  /** Begins an upload. One of the same name that still lingers is given up. */
  begin(
    name: string,
    store: (body: AsyncIterable<Uint8Array>, signal: AbortSignal) => Promise<void>,
  ): Upload {
    this.#byName.get(name)?.abort(new CacheError('aborted', 'the client restarted this upload'));
    const upload = new Upload(store);
    this.#byName.set(name, upload);
    const forget = (): void => {
      this.#stopWaiting(upload);
      if (this.#byName.get(name) === upload) this.#byName.delete(name);
    };
    upload.stored.then(forget, forget);
    return upload;
  }

  /** Goes on with an upload that broke off; `undefined` unless it is at exactly that offset. */
  resume(name: string, offsetBytes: number): Upload | undefined {
    const upload = this.#byName.get(name);
    if (upload === undefined || !this.#waiting.has(upload)) return undefined;
    if (upload.receivedBytes !== offsetBytes) return undefined;
    this.#stopWaiting(upload);
    return upload;
  }

  /** The stream of an upload broke off: it waits where that is worth it, else it is given up. */
  brokeOff(upload: Upload, error: CacheError): void {
    const { resumableBytesMin, resumeWithinMs, brokenUploadsMax } = this.#options;
    if (upload.isSettled) return;
    if (upload.receivedBytes < resumableBytesMin || this.#waiting.size >= brokenUploadsMax) {
      upload.abort(error);
      return;
    }
    const timer = setTimeout(() => upload.abort(error), resumeWithinMs);
    timer.unref();
    this.#waiting.set(upload, timer);
  }

  /** Gives up whatever waits. */
  close(): void {
    for (const upload of [...this.#waiting.keys()]) {
      upload.abort(new CacheError('draining', 'this server is shutting down'));
    }
  }

  #stopWaiting(upload: Upload): void {
    clearTimeout(this.#waiting.get(upload));
    this.#waiting.delete(upload);
  }
}

export interface UploadsOptions {
  readonly resumableBytesMin: number;
  readonly resumeWithinMs: number;
  readonly brokenUploadsMax: number;
}
