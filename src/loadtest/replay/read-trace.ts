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
import { ConfigError } from '../config/config-error.ts';

/** What a file turned out to be once it was read to its end. */
export interface TraceFileFigures {
  /** Of the whole file, hex. */
  readonly sha256: string;
  readonly startedAtMs: number;
  /** Lines that are no line of a trace: cut off by a killed process or a full disk, mostly. */
  readonly brokenLines: number;
  /** What the processes that recorded it said at their ends. */
  readonly trailers: readonly TraceTrailer['end'][];
}

/**
 * Reads a trace line by line, in the order of the file, holding one piece of it at a time.
 * @throws {ConfigError} naming the file: it can't be read, is empty, no trace, or of another version.
 */
export class TraceReader {
  readonly #path: string;
  readonly #hash = createHash('sha256');
  readonly #trailers: TraceTrailer['end'][] = [];
  #startedAtMs: number | undefined;
  #brokenLines = 0;
  #sha256 = '';

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

  async *events(): AsyncGenerator<TraceEvent, void, undefined> {
    let isFirst = true;
    for await (const line of this.#lines()) {
      if (isFirst) {
        this.#readHeader(line);
        isFirst = false;
        continue;
      }
      if (line.length === 0) continue;
      const event = this.#readLine(line);
      if (event !== undefined) yield event;
    }
    if (isFirst) throw this.#problem('is empty');
    this.#sha256 = this.#hash.digest('hex');
  }

  /** Lines without their ends. One that is too long comes cut to the bound, as a broken one. */
  async *#lines(): AsyncGenerator<string, void, undefined> {
    let rest = Buffer.alloc(0);
    let skipping = false;
    for await (const piece of this.#pieces()) {
      this.#hash.update(piece);
      let from = 0;
      for (;;) {
        const end = piece.indexOf(newline, from);
        if (end < 0) break;
        const part = piece.subarray(from, end);
        from = end + 1;
        if (skipping) skipping = false;
        else yield (rest.length === 0 ? part : Buffer.concat([rest, part])).toString('latin1');
        rest = Buffer.alloc(0);
      }
      if (skipping) continue;
      rest = Buffer.concat([rest, piece.subarray(from)]);
      if (rest.length > traceLineBytesMax) {
        yield rest.toString('latin1', 0, traceLineBytesMax);
        rest = Buffer.alloc(0);
        skipping = true;
      }
    }
    if (rest.length > 0) yield rest.toString('latin1');
  }

  async *#pieces(): AsyncGenerator<Buffer, void, undefined> {
    try {
      yield* createReadStream(this.#path) as AsyncIterable<Buffer>;
    } catch (error) {
      throw this.#problem(`can't be read: ${messageOf(error)}`);
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
        : 'is no trace of memobuild serve --record: its first line is not a header',
    );
  }

  #readLine(line: string): TraceEvent | undefined {
    const value = parseJson(line);
    const event = traceEventSchema.safeParse(value);
    if (event.success) return event.data;
    const trailer = traceTrailerSchema.safeParse(value);
    if (!trailer.success) this.#brokenLines += 1;
    else if (this.#trailers.length < trailersMax) this.#trailers.push(trailer.data.end);
    return undefined;
  }

  #problem(text: string): ConfigError {
    return new ConfigError([`--replay ${this.#path} ${text}`]);
  }
}

const newline = 0x0a;
/** One a process that recorded; a server exchanges its processes on each reload. */
const trailersMax = 10_000;

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return undefined;
  }
}
