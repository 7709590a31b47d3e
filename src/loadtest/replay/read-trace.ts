import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { messageOf } from '../../core/index.ts';
import {
  type TraceEvent,
  type TraceTrailer,
  traceEventSchema,
  traceFormatVersion,
  traceHeaderSchema,
  traceLineBytesMax,
  traceTrailerSchema,
} from '../../core/trace/index.ts';
import { ConfigError } from '../errors.ts';

/** What a file turned out to be once it was read to its end. */
export interface TraceFileFigures {
  /** The hash of the whole file, hex. */
  readonly sha256: string;
  readonly startedAtMs: number;
  /** Invalid lines, mostly cut off by a killed process or a full disk. */
  readonly brokenLines: number;
  /** What the processes that recorded it said at their ends. */
  readonly trailers: readonly TraceTrailer['end'][];
}

/**
 * Reads a trace in the order of the file, holding one piece of it at a time.
 * @throws {ConfigError} naming the file: it cannot be read, is empty, no trace, or of another version.
 */
export class TraceReader {
  readonly #path: string;
  readonly #hash = createHash('sha256');
  readonly #trailers: TraceTrailer['end'][] = [];
  #startedAtMs: number | undefined;
  #brokenLines = 0;
  #sha256 = '';
  /** The beginning of a line that has not ended yet. */
  #rest: Buffer = noBytes;
  /** Within a line that is too long. */
  #skipping = false;

  constructor(path: string) {
    this.#path = path;
  }

  /** Good once all events have been read. */
  get figures(): TraceFileFigures {
    return {
      sha256: this.#sha256,
      startedAtMs: this.#startedAtMs ?? 0,
      brokenLines: this.#brokenLines,
      trailers: this.#trailers,
    };
  }

  /** The operations, those of one piece of the file at a time. */
  async *batches(): AsyncGenerator<readonly TraceEvent[], void, undefined> {
    for await (const piece of this.#pieces()) {
      this.#hash.update(piece);
      const events: TraceEvent[] = [];
      this.#split(piece, events);
      yield events;
    }
    if (this.#rest.length > 0) {
      const events: TraceEvent[] = [];
      this.#readLine(this.#rest.toString('latin1'), events);
      yield events;
    }
    if (this.#startedAtMs === undefined) throw this.#problem('is empty');
    this.#sha256 = this.#hash.digest('hex');
  }

  /** Reads the lines that end in a piece. One that is too long is read cut to the bound, as a broken one. */
  #split(piece: Buffer, events: TraceEvent[]): void {
    let from = 0;
    for (let end = piece.indexOf(newline); end >= 0; end = piece.indexOf(newline, from)) {
      const part = piece.subarray(from, end);
      const line = this.#rest.length === 0 ? part : Buffer.concat([this.#rest, part]);
      from = end + 1;
      this.#rest = noBytes;
      if (this.#skipping) this.#skipping = false;
      else this.#readLine(line.toString('latin1'), events);
    }
    if (this.#skipping) return;
    this.#rest = Buffer.concat([this.#rest, piece.subarray(from)]);
    if (this.#rest.length <= traceLineBytesMax) return;
    this.#readLine(this.#rest.toString('latin1', 0, traceLineBytesMax), events);
    this.#rest = noBytes;
    this.#skipping = true;
  }

  async *#pieces(): AsyncGenerator<Buffer, void, undefined> {
    try {
      yield* createReadStream(this.#path, { highWaterMark: pieceBytes }) as AsyncIterable<Buffer>;
    } catch (error) {
      throw this.#problem(`cannot be read: ${messageOf(error)}`);
    }
  }

  #readHeader(line: string): void {
    const value = parseJson(line);
    const header = traceHeaderSchema.safeParse(value);
    if (header.success) {
      this.#startedAtMs = header.data.startedAtMs;
      return;
    }
    const { trace, version } = (value ?? {}) as { readonly trace?: unknown; version?: unknown };
    throw this.#problem(
      trace === 'memobuild' && typeof version === 'number' && version !== traceFormatVersion
        ? `is a trace of format ${version}; this program reads format ${traceFormatVersion}`
        : 'was not recorded by memobuild serve: its first line is not a header',
    );
  }

  #readLine(line: string, events: TraceEvent[]): void {
    if (this.#startedAtMs === undefined) {
      this.#readHeader(line);
      return;
    }
    if (line === '') return;
    const value = parseJson(line);
    const event = traceEventSchema.safeParse(value);
    if (event.success) {
      events.push(event.data);
      return;
    }
    const trailer = traceTrailerSchema.safeParse(value);
    if (!trailer.success) this.#brokenLines += 1;
    else if (this.#trailers.length < trailersMax) this.#trailers.push(trailer.data.end);
  }

  #problem(text: string): ConfigError {
    return new ConfigError([`the trace ${this.#path} ${text}`]);
  }
}

const newline = 0x0a;
const noBytes: Buffer = Buffer.alloc(0);
const pieceBytes = 256 * 1024;
/** One per recording process; a server replaces its processes on each reload. */
const trailersMax = 10_000;

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return undefined;
  }
}
