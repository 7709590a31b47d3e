/**
 * What a faulty cache does wrong. A fault is tried on each request of its `methods` for a key that
 * comes after `afterLookups` lookups, and then happens with probability `share`.
 */
export type Fault = FaultScope &
  (
    | { readonly kind: 'status'; readonly status: number }
    /** A hit's body with one bit of one byte turned over. */
    | { readonly kind: 'flip-byte' }
    /** A hit's body cut in the middle: the connection closes before the announced length, or the length is as short as the body. */
    | { readonly kind: 'truncate'; readonly how: 'close' | 'short' }
    /** A hit's bytes are those of another key, of the same size where there is one. */
    | { readonly kind: 'other-bytes' }
    /** A write is acknowledged and forgotten. */
    | { readonly kind: 'drop-write' }
    /** Once: the whole process pauses for `forMs`, as for a long garbage collection. */
    | { readonly kind: 'stall'; readonly forMs: number }
    | { readonly kind: 'never-answer' }
    /** The connection is reset instead of an answer, or in the middle of a hit's body. */
    | { readonly kind: 'reset'; readonly when: 'before-answer' | 'in-body' }
    /** Once: the process kills itself. */
    | { readonly kind: 'die' }
    /** The answer comes in eight pieces, `everyMs` apart. */
    | { readonly kind: 'drip'; readonly everyMs: number }
    /** Bytes that are not an HTTP answer. */
    | { readonly kind: 'garbage' }
    /** Entries beyond the number are forgotten, oldest first, unasked. Counts entries, not requests. */
    | { readonly kind: 'evict'; readonly keepEntries: number }
  );

export interface FaultScope {
  /** 0 to 1, default 1. */
  readonly share?: number;
  /** Default: what the fault makes sense for. Lookups are GETs and HEADs. */
  readonly methods?: readonly Method[];
  /** Only keys that begin so, as `/cas/`. Default: all. */
  readonly keysFrom?: string;
  /** Lookups that are served well before the fault can happen, default 0. Counted over all clients. */
  readonly afterLookups?: number;
}

export type FaultKind = Fault['kind'];
export type Method = 'GET' | 'HEAD' | 'PUT' | 'DELETE';

/** What the cache did so far. A fault is counted when it happens, not when it is planned. */
export interface FaultyCacheCounts {
  /** Requests by method, the faulty ones included. */
  readonly requests: Record<Method, number>;
  /** Lookups (GET and HEAD) by what the map held, whatever the answer was. */
  readonly hits: number;
  readonly misses: number;
  readonly entries: number;
  /** Faults that happened, by kind and by method. */
  readonly injected: Record<FaultKind, Record<Method, number>>;
  /** Connections open now. */
  readonly connections: number;
}

export const methodsOf: Readonly<Record<FaultKind, readonly Method[]>> = {
  status: ['GET', 'HEAD', 'PUT'],
  'flip-byte': ['GET'],
  truncate: ['GET'],
  'other-bytes': ['GET'],
  'drop-write': ['PUT'],
  stall: ['GET', 'HEAD', 'PUT'],
  'never-answer': ['GET', 'HEAD', 'PUT'],
  reset: ['GET', 'HEAD', 'PUT'],
  die: ['GET', 'HEAD', 'PUT'],
  drip: ['GET'],
  garbage: ['GET', 'HEAD', 'PUT'],
  evict: ['PUT'],
};

/** The sum over the methods. */
export function injectedCount(counts: FaultyCacheCounts, kind: FaultKind): number {
  return Object.values(counts.injected[kind]).reduce((sum, count) => sum + count, 0);
}
