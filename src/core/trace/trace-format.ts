import { z } from 'zod';

/**
 * The trace that `memobuild serve --record` writes and `memobuild loadtest --replay` reads: JSON
 * Lines, a header first, then one line per operation, and a trailer of each process that ended well.
 * Lines are in the order in which they were written, not in the order of their times; empty lines
 * mean nothing.
 */
export const traceFormatVersion = 1;

/** Longest line that a reader has to take. The longest one written has about 230 bytes. */
export const traceLineBytesMax = 4096;

export const traceOperations = ['read', 'exists', 'find', 'write', 'delete', 'purge'] as const;

/**
 * What was asked: `read` wants the bytes, `exists` whether there are any, `find` the same in a batch
 * (one line per key), `write`, `delete`; `purge` names no key.
 */
export type TraceOperation = (typeof traceOperations)[number];

export const traceAnswers = [
  'hit',
  'miss',
  'stored',
  'removed',
  'exists',
  'refused',
  'failed',
] as const;

/**
 * The outcome. `exists`: a write that was to make a new entry only; `refused`: the request was at
 * fault (`code` says how); `failed`: the server, or the client went away.
 */
export type TraceAnswer = (typeof traceAnswers)[number];

/** First line. */
export interface TraceHeader {
  readonly trace: 'memobuild';
  readonly version: typeof traceFormatVersion;
  /** The instant of `t` 0, milliseconds since the epoch. */
  readonly startedAtMs: number;
  /** Version of the server. */
  readonly software: string;
}

/** One operation. */
export interface TraceEvent {
  /** When it began: whole microseconds from the trace's start. */
  readonly t: number;
  readonly op: TraceOperation;
  /** The content store, an action cache, or entries of a tool that names its artifacts itself. */
  readonly space: 'cas' | 'ac' | 'artifact';
  /** Stands for the instance or team. Keyed hash: equal within a trace where the names are. */
  readonly ns: string;
  /** Stands for the key. Keyed hash over space, namespace and key. Not for `purge`. */
  readonly key?: string | undefined;
  readonly answer: TraceAnswer;
  /** Why, where it was refused or failed. */
  readonly code?: string | undefined;
  /** Bytes of the entry, where they were known. */
  readonly size?: number | undefined;
  /** Until the cache had its answer: whole microseconds. A large body is still to be sent then. */
  readonly us: number;
  /** Which protocol asked. */
  readonly proto: string;
  /** Process that served it. */
  readonly w: number;
}

/** Last line of one process. Without it, that process was killed and its last lines are missing. */
export interface TraceTrailer {
  readonly end: {
    readonly w: number;
    /** Operations written. */
    readonly events: number;
    /** Operations not written, because the disk was slower than the clients. */
    readonly dropped: number;
    /** Why recording ended. */
    readonly reason: 'closed' | 'max_size';
  };
}

const count = z.number().int().min(0);
const hashed = z.string().regex(/^[\w-]{4,64}$/);

export const traceHeaderSchema: z.ZodType<TraceHeader> = z.object({
  trace: z.literal('memobuild'),
  version: z.literal(traceFormatVersion),
  startedAtMs: z.number().min(0),
  software: z.string().max(100),
});

export const traceEventSchema: z.ZodType<TraceEvent> = z
  .object({
    t: count,
    op: z.enum(traceOperations),
    space: z.enum(['cas', 'ac', 'artifact']),
    ns: hashed,
    key: hashed.optional(),
    answer: z.enum(traceAnswers),
    code: z.string().max(40).optional(),
    size: count.optional(),
    us: count,
    proto: z.string().max(40),
    w: count,
  })
  .refine((event) => event.op === 'purge' || event.key !== undefined, 'key is missing');

export const traceTrailerSchema: z.ZodType<TraceTrailer> = z.object({
  end: z.object({
    w: count,
    events: count,
    dropped: count,
    reason: z.enum(['closed', 'max_size']),
  }),
});
