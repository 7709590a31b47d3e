/**
 * Memory for bytes that are used up before anything else asks for it: a key that is looked up at
 * once, an answer that the kernel takes at once. Saves an allocation each, and the view of it where
 * lengths repeat, as they mostly do.
 */
export class Scratch {
  readonly sizeBytes: number;
  #memory: Buffer;
  #view: Buffer;

  constructor(sizeBytes: number) {
    this.sizeBytes = sizeBytes;
    this.#memory = Buffer.allocUnsafeSlow(sizeBytes);
    this.#view = this.#memory;
  }

  /** The first bytes of the memory, up to {@link Scratch.sizeBytes}. Holds until the next call. */
  take(lengthBytes: number): Buffer {
    if (this.#view.length !== lengthBytes) this.#view = this.#memory.subarray(0, lengthBytes);
    return this.#view;
  }

  /** Leaves the memory to whoever still reads from it, and continues with another. */
  giveAway(): void {
    this.#memory = Buffer.allocUnsafeSlow(this.sizeBytes);
    this.#view = this.#memory;
  }
}
