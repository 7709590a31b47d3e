import { CacheError } from '../../core/index.ts';

/**
 * One blob on its way in: chunks come from the stream of a call, and leave as the body of a write to
 * the cache. It sits between the two so that the write can outlive a stream that broke off, and
 * take the rest from the next one. Holds one chunk at a time.
 */
export class Upload {
  /** Bytes taken so far, as the client counts them: encoded ones where the resource is compressed. */
  receivedBytes = 0;
  /** The write: settles when the blob is stored, by this upload or another, or why it is not. */
  readonly stored: Promise<void>;
  /** As the client named it. Several uploads may have one name: some clients have one for all theirs. */
  readonly name: string;
  readonly #abort = new AbortController();
  #chunk: Uint8Array | undefined;
  #isFinished = false;
  #isSettled = false;
  #isStoredElsewhere = false;
  #onStoredElsewhere: (() => void) | undefined;
  #onChunk: (() => void) | undefined;
  #onTaken: (() => void) | undefined;

  constructor(name: string, store: StoreBody) {
    this.name = name;
    this.stored = store(this.#body(), this.#abort.signal)
      .catch((error: unknown) => {
        if (!this.#isStoredElsewhere) throw error;
      })
      .finally(() => {
        this.#isSettled = true;
        this.#onTaken?.();
      });
    // Its waiters see the failure; without one it must not count as unhandled.
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

  /** Another upload has stored the blob: this one is over, and has succeeded. */
  storedElsewhere(): void {
    this.#isStoredElsewhere = true;
    this.abort(new CacheError('aborted', 'another upload stored this blob'));
    this.#onStoredElsewhere?.();
  }

  get isStoredElsewhere(): boolean {
    return this.#isStoredElsewhere;
  }

  /** Waits for a client's next message; `undefined` once the blob was stored by another upload. */
  unlessStored<T>(next: Promise<T>): Promise<T | undefined> {
    return new Promise((resolve, reject) => {
      this.#onStoredElsewhere = () => resolve(undefined);
      if (this.#isStoredElsewhere) resolve(undefined);
      next.then(resolve, reject);
    });
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

/** Takes an upload's bytes; settles when they are stored. */
export type StoreBody = (body: AsyncIterable<Uint8Array>, signal: AbortSignal) => Promise<void>;

/**
 * Uploads under way, by the blob they bring, and those that broke off and wait for their client.
 * Those of one blob do not disturb one another, whatever their names: the first to be stored ends
 * the others well. Only this process knows them; a client that comes back elsewhere begins anew.
 */
export class Uploads {
  readonly #byBlob = new Map<string, Set<Upload>>();
  readonly #waiting = new Map<Upload, NodeJS.Timeout>();
  readonly #options: UploadsOptions;

  constructor(options: UploadsOptions) {
    this.#options = options;
  }

  /** The upload of that name, for whoever asks how far it has come: first the one that can be resumed. */
  find(blob: string, name: string): Upload | undefined {
    const named = this.#named(blob, name);
    const waiting = named.filter((upload) => this.#waiting.has(upload));
    return furthest(waiting) ?? furthest(named);
  }

  /** Begins an upload. One of the same name that waits for its client is given up; one that is sent stays. */
  begin(blob: string, name: string, store: StoreBody): Upload {
    for (const other of this.#named(blob, name)) {
      if (!this.#waiting.has(other)) continue;
      other.abort(new CacheError('aborted', 'the client restarted this upload'));
    }
    const upload = new Upload(name, store);
    const uploads = this.#byBlob.get(blob) ?? new Set();
    this.#byBlob.set(blob, uploads.add(upload));
    upload.stored.then(
      () => {
        this.#forget(blob, upload);
        for (const other of uploads) other.storedElsewhere();
      },
      () => this.#forget(blob, upload),
    );
    return upload;
  }

  /** Continues an upload that broke off; `undefined` unless it has exactly that many bytes. */
  resume(blob: string, name: string, offsetBytes: number): Upload | undefined {
    const upload = this.#named(blob, name).find(
      (each) => this.#waiting.has(each) && each.receivedBytes === offsetBytes,
    );
    if (upload !== undefined) this.#stopWaiting(upload);
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

  #named(blob: string, name: string): Upload[] {
    return [...(this.#byBlob.get(blob) ?? [])].filter((upload) => upload.name === name);
  }

  #forget(blob: string, upload: Upload): void {
    this.#stopWaiting(upload);
    const uploads = this.#byBlob.get(blob);
    uploads?.delete(upload);
    if (uploads?.size === 0) this.#byBlob.delete(blob);
  }

  #stopWaiting(upload: Upload): void {
    clearTimeout(this.#waiting.get(upload));
    this.#waiting.delete(upload);
  }
}

function furthest(uploads: readonly Upload[]): Upload | undefined {
  return uploads.toSorted((a, b) => b.receivedBytes - a.receivedBytes)[0];
}

export interface UploadsOptions {
  readonly resumableBytesMin: number;
  readonly resumeWithinMs: number;
  readonly brokenUploadsMax: number;
}
