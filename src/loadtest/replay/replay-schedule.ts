import { type FileHandle, open } from 'node:fs/promises';
import { messageOf } from '../../core/index.ts';
import type { Schedule } from '../pacing/schedule.ts';
import { stepBytes } from './replay-step.ts';

/** Steps read from the disk at once. One such block is used while the next is read. */
export const blockStepsMax = 8192;

/**
 * One worker's steps of a replay, read from its file a block ahead. Where the disk is slower than
 * the trace, steps are late, and the run's send lag shows it.
 */
export class ReplaySchedule implements Schedule {
  readonly #speed: number;
  readonly #onFailure: (message: string) => void;
  #file: FileHandle | undefined;
  #block: Float64Array = new Float64Array(0);
  #at = 0;
  #nextBlock: Float64Array | undefined;
  #offsetBytes = 0;
  #reading = false;
  #ended = false;

  private constructor(file: FileHandle, options: ReplayScheduleOptions) {
    this.#file = file;
    this.#speed = options.speed;
    this.#onFailure = options.onFailure;
  }

  /** Opens a worker's steps and reads the first of them. @throws a system error. */
  static async open(options: ReplayScheduleOptions): Promise<ReplaySchedule> {
    const schedule = new ReplaySchedule(await open(options.path), options);
    await schedule.#read();
    schedule.#advance();
    return schedule;
  }

  get nextDueMs(): number {
    if (this.#at >= this.#block.length) this.#advance();
    return this.#at < this.#block.length
      ? this.#block[this.#at]! / this.#speed
      : Number.POSITIVE_INFINITY;
  }

  get isOver(): boolean {
    return (
      this.#ended &&
      this.#at >= this.#block.length &&
      (this.#nextBlock === undefined || this.#nextBlock.length === 0)
    );
  }

  take(): number {
    const code = this.#block[this.#at + 1]!;
    this.#at += 2;
    return code;
  }

  close(): void {
    this.#ended = true;
    void this.#file?.close().catch(() => undefined);
    this.#file = undefined;
  }

  #advance(): void {
    if (this.#nextBlock === undefined) return;
    this.#block = this.#nextBlock;
    this.#at = 0;
    this.#nextBlock = undefined;
    if (!this.#ended && !this.#reading) void this.#read();
  }

  async #read(): Promise<void> {
    if (this.#file === undefined) return;
    this.#reading = true;
    const block = new Float64Array(blockStepsMax * 2);
    try {
      const { bytesRead } = await this.#file.read(
        new Uint8Array(block.buffer),
        0,
        block.byteLength,
        this.#offsetBytes,
      );
      this.#offsetBytes += bytesRead;
      this.#nextBlock = block.subarray(0, 2 * Math.floor(bytesRead / stepBytes));
      if (bytesRead === 0) this.#ended = true;
    } catch (error) {
      this.#ended = true;
      if (this.#file !== undefined) this.#onFailure(messageOf(error));
    }
    this.#reading = false;
  }
}

export interface ReplayScheduleOptions {
  readonly path: string;
  /** How many times as fast as it was recorded. */
  readonly speed: number;
  /** The rest of the steps could not be read: the run ends with those before. */
  readonly onFailure: (message: string) => void;
}
