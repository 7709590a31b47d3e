import type { BlobWriter } from './blob-writer.ts';
import type { FileLedger } from './file-ledger.ts';

/** The file that a write opens once it needs one, and how it ends in every case. */
export class PendingFile {
  readonly #ledger: FileLedger;
  readonly #createWriter: (id: number) => BlobWriter;
  #writer: BlobWriter | undefined;
  #settle: (() => void) | undefined;

  constructor(ledger: FileLedger, createWriter: (id: number) => BlobWriter) {
    this.#ledger = ledger;
    this.#createWriter = createWriter;
  }

  async open(): Promise<BlobWriter> {
    const { id, settle } = await this.#ledger.takeId();
    this.#settle = settle;
    this.#writer = this.#createWriter(id);
    await this.#writer.open();
    return this.#writer;
  }

  /** @returns the file's id, if there is a file. */
  async finish(): Promise<number | undefined> {
    await this.#writer?.finish();
    return this.#writer?.id;
  }

  /** An entry owns the file now. */
  keep(): void {
    this.#settle?.();
  }

  /** Removes the file. If it resists, its id stays unsettled and a later recovery finds it. */
  async discard(): Promise<void> {
    if (this.#writer === undefined) return;
    try {
      await this.#writer.discard();
      this.#settle?.();
    } catch {
      // The ledger remembers it.
    }
  }
}
