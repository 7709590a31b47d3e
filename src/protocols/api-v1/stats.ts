/** What `GET /api/v1/stats` answers: sums over all processes of the server, since it started. */
export interface ServerStats {
  readonly software: { readonly name: 'memobuild'; readonly version: string };
  readonly uptimeMs: number;
  readonly workersReplaced: number;
  /** One row for each namespace and space that was asked for. */
  readonly lookups: readonly LookupStats[];
  /** The sums of the rows, by space: content hits say little about how well a cache works. */
  readonly totals: { readonly ac: SpaceTotals; readonly cas: SpaceTotals };
  readonly store: StoreStats;
  readonly requests: readonly RequestStats[];
  readonly processes: readonly ProcessStats[];
}

export interface SpaceTotals {
  readonly hits: number;
  readonly misses: number;
  /** hits / (hits + misses); null while there were none. */
  readonly hitRate: number | null;
  readonly hitBytes: number;
  readonly writes: number;
  readonly writtenBytes: number;
}

export interface LookupStats extends SpaceTotals {
  readonly namespace: string;
  readonly space: 'ac' | 'cas';
}

export interface StoreStats {
  readonly entries: number;
  readonly sizeBytes: number;
  /** 0 = unbounded. */
  readonly maxBytes: number;
  readonly evictedEntries: number;
  readonly evictedBytes: number;
  readonly damagedEntries: number;
}

export interface RequestStats {
  readonly route: string;
  readonly method: string;
  readonly status: number;
  readonly count: number;
}

export interface ProcessStats {
  readonly pid: number;
  readonly role: 'primary' | 'worker';
  readonly uptimeMs: number;
  readonly rssBytes: number;
  /** Without the pages of memory-mapped files. */
  readonly privateBytes: number;
  readonly cpuMs: number;
  readonly connectionsOpen: number;
  readonly requestsInFlight: number;
}

/** Gathers the statistics; the server has one that asks all its processes. */
export type StatsSource = () => Promise<ServerStats>;
