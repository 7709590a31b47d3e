import type {
  LookupCounts,
  LookupSums,
  ProcessStats,
  RequestCount,
  StoreUsage,
} from '../../core/index.ts';

/** What `GET /api/v1/stats` answers: sums over all processes of the server, since it started. */
export interface ServerStats {
  readonly software: { readonly name: 'memobuild'; readonly version: string };
  readonly uptimeMs: number;
  readonly workersReplaced: number;
  /** One row for each namespace and space that was asked for. */
  readonly lookups: readonly (LookupCounts & HitRate)[];
  /** The sums of the rows, by space: content hits say little about how well a cache works. */
  readonly totals: { readonly ac: SpaceTotals; readonly cas: SpaceTotals };
  readonly store: StoreUsage;
  readonly requests: readonly RequestCount[];
  readonly processes: readonly ProcessStats[];
}

export type SpaceTotals = LookupSums & HitRate;

export interface HitRate {
  /** hits / (hits + misses); null while there were none. */
  readonly hitRate: number | null;
}

/** Gathers the statistics; the server has one that asks all its processes. */
export type StatsSource = () => Promise<ServerStats>;
