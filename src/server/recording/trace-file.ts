import { constants, type FileHandle, open } from 'node:fs/promises';
import { type Logger, messageOf } from '../../core/index.ts';
import type { TraceTrailer } from '../../core/trace/index.ts';

/** Lines that wait for the disk; those beyond are dropped and counted. */
const waitingBytesMax = 4 * 2 ** 20;
/** So many bytes are written without waiting for the timer. */
const batchBytes = 64 * 1024;
const flushIntervalMs = 250;
/** Kept free below the bound on the file, for the trailers of all processes. */
const trailerBytes = 16 * 1024;

/**
 * One process's way into the trace's file. All processes append to the same file, whole batches of
 * whole lines; each batch begins with an empty line, so that what a killed process or a full disk
 * cut off damages only its own line. Taking a line never waits and never throws.
 */
export class TraceFile {
  readonly #file: FileHandle;
  readonly #options: TraceFileOptions;
  readonly #timer: NodeJS.Timeout;
  #waiting: string[] = [];
  #waitingBytes = 0;
  #events = 0;
  #dropped = 0;
  #state: 'open' | 'full' | 'closed' = 'open';
  #writing: Promise<void> | undefined;

  private constructor(file: FileHandle, options: TraceFileOptions) {
    this.#file = file;
    this.#options = options;
    this.#timer = setInterval(() => this.#flush(), flushIntervalMs);
    this.#timer.unref();
  }

  /** Opens a trace that the primary process made. @throws a system error. */
  static async open(options: TraceFileOptions): Promise<TraceFile> {
    const { O_WRONLY, O_APPEND } = constants;
    return new TraceFile(await open(options.path, O_WRONLY | O_APPEND), options);
  }

  /** Whether lines are still taken. */
  get isOpen(): boolean {
    return this.#state === 'open';
  }

  /** Takes one operation's line, without its end. ASCII only. */
  add(line: string): void {
    if (this.#state !== 'open') return;
    if (this.#waitingBytes + line.length + 1 > waitingBytesMax) {
      this.#dropped += 1;
      return;
    }
    this.#waiting.push(line);
    this.#waitingBytes += line.length + 1;
    if (this.#waitingBytes >= batchBytes) this.#flush();
  }

  /** Writes what waits, and the trailer. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    while (this.#state === 'open' && (this.#writing !== undefined || this.#waiting.length > 0)) {
      this.#flush();
      await this.#writing;
    }
    if (this.#state === 'open') await this.#end('closed');
    await this.#writing;
    this.#state = 'closed';
    await this.#file.close().catch(() => undefined);
  }

  #flush(): void {
    if (this.#writing !== undefined || this.#waiting.length === 0 || this.#state !== 'open') return;
    const lines = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#writing = this.#write(lines).finally(() => {
      this.#writing = undefined;
      if (this.#waitingBytes >= batchBytes) this.#flush();
    });
  }

  async #write(lines: readonly string[]): Promise<void> {
    const batch = Buffer.from(`\n${lines.join('\n')}\n`, 'latin1');
    try {
      const { size } = await this.#file.stat();
      if (size + batch.length > this.#options.sizeBytesMax - trailerBytes) {
        this.#dropped += lines.length;
        await this.#end('max_size');
        return;
      }
      await this.#append(batch);
      this.#events += lines.length;
    } catch (error) {
      this.#stop(`recording has stopped, serving continues: ${messageOf(error)}`, lines.length);
    }
  }

  async #append(bytes: Buffer): Promise<void> {
    let at = 0;
    while (at < bytes.length) at += (await this.#file.write(bytes, at)).bytesWritten;
  }

  async #end(reason: TraceTrailer['end']['reason']): Promise<void> {
    const dropped = this.#dropped + this.#waiting.length;
    const end = { w: this.#options.worker, events: this.#events, dropped, reason };
    try {
      await this.#append(Buffer.from(`\n${JSON.stringify({ end } satisfies TraceTrailer)}\n`));
    } catch (error) {
      this.#stop(`the end of the trace could not be written: ${messageOf(error)}`, 0);
      return;
    }
    const bound = `the trace reached its limit of ${this.#options.sizeBytesMax} bytes (--record-max-size): recording has stopped, serving continues`;
    if (reason === 'max_size') this.#stop(bound, 0);
    else if (dropped > 0) {
      this.#options.logger.warn({ ...this.#fields(), dropped }, 'the trace has gaps');
    }
  }

  #stop(text: string, lost: number): void {
    this.#state = 'full';
    clearInterval(this.#timer);
    const dropped = this.#dropped + lost + this.#waiting.length;
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#options.logger.error({ ...this.#fields(), dropped }, text);
  }

  #fields(): object {
    return { trace: this.#options.path, events: this.#events };
  }
}

export interface TraceFileOptions {
  readonly path: string;
  /** Bound of the whole file, all processes together; each may overshoot it by a batch. */
  readonly sizeBytesMax: number;
  /** Names this process in its lines. */
  readonly worker: number;
  readonly logger: Logger;
}
