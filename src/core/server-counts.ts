/**
 * What a server counts and reports. One model for all who pass it on: the store, the cache,
 * messages between processes, `/api/v1/stats`, `/metrics`, the dashboard and the load test.
 */

/** Lookups and writes of one space of one namespace, as the clients' requests were answered. */
export interface LookupCounts extends LookupSums {
  readonly namespace: string;
  readonly space: 'ac' | 'cas';
}

/** Sums of {@link LookupCounts}. */
export interface LookupSums {
  readonly hits: number;
  readonly misses: number;
  readonly hitBytes: number;
  readonly writes: number;
  readonly writtenBytes: number;
}

/** Sums over a whole store, all its processes together. */
export interface StoreUsage {
  readonly entries: number;
  /**
   * Bytes that count against the size limit: every entry's bytes and what its bookkeeping takes.
   */
  readonly sizeBytes: number;
  /** 0 = unbounded. */
  readonly maxBytes: number;
  readonly evictedEntries: number;
  readonly evictedBytes: number;
  /** Entries found damaged, and dropped, since the store was made. */
  readonly damagedEntries: number;
  /**
   * Bytes of the size limit that are reserved for bodies being stored, somewhat more than they
   * need.
   */
  readonly reservedBytes: number;
}

/** Requests that were answered alike. */
export interface RequestCount {
  readonly route: string;
  readonly method: string;
  readonly status: number;
  readonly count: number;
}

/** What one process of a server uses, and what it has open. */
export interface ProcessStats {
  readonly pid: number;
  readonly role: 'primary' | 'worker';
  readonly uptimeMs: number;
  readonly rssBytes: number;
  /** Memory that is this process's alone: pages of a memory-mapped store don't count. */
  readonly privateBytes: number;
  readonly cpuMs: number;
  readonly connectionsOpen: number;
  readonly requestsInFlight: number;
}

/** Adds up lookups, of whichever namespaces and spaces. */
export function sumLookups(rows: readonly LookupSums[]): LookupSums {
  const sums = { hits: 0, misses: 0, hitBytes: 0, writes: 0, writtenBytes: 0 };
  for (const row of rows) {
    sums.hits += row.hits;
    sums.misses += row.misses;
    sums.hitBytes += row.hitBytes;
    sums.writes += row.writes;
    sums.writtenBytes += row.writtenBytes;
  }
  return sums;
}
