/** Puts the pieces of one body of known size together, then those of the next. */
export class BodyCollector {
  #body: Buffer | undefined;
  #filledBytes = 0;

  /** Begins a body of which `bytes` from `at` on are the first part. They must not hold all of it. */
  begin(sizeBytes: number, bytes: Buffer, at: number): void {
    this.#body = Buffer.allocUnsafeSlow(sizeBytes);
    this.#filledBytes = bytes.copy(this.#body, 0, at);
  }

  /** Takes what `chunk` has of the body. @returns how many bytes that is. */
  take(chunk: Buffer): number {
    if (this.#body === undefined) return 0;
    const takenBytes = chunk.copy(this.#body, this.#filledBytes);
    this.#filledBytes += takenBytes;
    return takenBytes;
  }

  /** Gives the body away once it is whole; `undefined` until then. */
  whole(): Buffer | undefined {
    const body = this.#body;
    if (body === undefined || this.#filledBytes < body.length) return undefined;
    this.#body = undefined;
    return body;
  }

  /** Forgets a body that will not become whole. */
  drop(): void {
    this.#body = undefined;
  }
}
