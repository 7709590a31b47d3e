import type { BodySink } from '../../body.ts';
import type { BlobWriter } from './blob-writer.ts';
import type { FileLedger } from './file-ledger.ts';
import type { Reservation } from './reservations.ts';

/** A file written to its end. */
export interface FinishedFile {
  readonly fileId: number;
  readonly checksums: Uint8Array | undefined;
}

/** What a {@link PendingFile} is made of. */
export interface PendingFileOptions {
  readonly files: FileLedger;
  /** Room in the store for the file's entry. */
  readonly reservation: Reservation;
  /** What an entry with a file of this size counts against the bound. */
  readonly costBytesOf: (sizeBytes: number) => number;
  readonly createWriter: (id: number) => BlobWriter;
}

/**
 * The file that a write opens once it needs one, and how it ends in every case. There is room for it
 * before there are bytes of it.
 */
export class PendingFile implements BodySink {
  readonly #options: PendingFileOptions;
  #writer: BlobWriter | undefined;
  #settle: (() => void) | undefined;

  constructor(options: PendingFileOptions) {
    this.#options = options;
  }

  /** @param sizeBytes how large it will be, if that is known. */
  async open(sizeBytes: number | undefined): Promise<PendingFile> {
    const { files, reservation, costBytesOf, createWriter } = this.#options;
    await reservation.hold(costBytesOf(sizeBytes ?? 0));
    const { id, settle } = await files.takeId();
    this.#settle = settle;
    this.#writer = createWriter(id);
    await this.#writer.open();
    return this;
  }

  async write(chunk: Uint8Array): Promise<void> {
    const writer = this.#writer;
    if (writer === undefined) throw new Error('the file was not opened');
    const { reservation, costBytesOf } = this.#options;
    const neededBytes = costBytesOf(writer.sizeBytes + chunk.byteLength);
    // A share of itself ahead, so that a body of unknown size need not ask at every chunk.
    await reservation.hold(neededBytes, writer.sizeBytes / growthShare);
    await writer.write(chunk);
  }

  /** @returns the file's id, if there is a file, and the checksums of its bytes, if they were made. */
  async finish(): Promise<FinishedFile | undefined> {
    const writer = this.#writer;
    return writer === undefined
      ? undefined
      : { fileId: writer.id, checksums: await writer.finish() };
  }

  /** An entry owns the file now, and its room. */
  keep(): void {
    this.#options.reservation.spend();
    this.#settle?.();
  }

  /** Removes the file. If it resists, its id stays unsettled and a later recovery finds it. */
  async discard(): Promise<void> {
    try {
      await this.#writer?.discard();
      this.#settle?.();
    } catch {
      // The ledger remembers it.
    }
    this.#options.reservation.release();
  }
}

const growthShare = 8;
