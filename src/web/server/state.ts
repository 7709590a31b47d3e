import type { LookupCounts, ProcessStats, StoreUsage } from '../../core/index.ts';
import type { Point } from '../shared/points.ts';

/** A server's statistics, all counted since it started. */
export interface ServerSample {
  /** Milliseconds since 1970. */
  readonly atMs: number;
  readonly version: string;
  readonly uptimeMs: number;
  readonly health: {
    readonly state: 'starting' | 'ready' | 'draining' | 'failing';
    readonly text: string;
  };
  readonly workersReplaced: number;
  readonly lookups: readonly LookupCounts[];
  readonly answers: readonly { readonly status: number; readonly count: number }[];
  /** Counts by upper bound, not cumulative, and one for what lies above the last. */
  readonly latency: { readonly boundsMs: readonly number[]; readonly counts: readonly number[] };
  /** `undefined`: the store did not report it. */
  readonly store: StoreUsage | undefined;
  readonly processes: readonly ProcessStats[];
}

/** What the page of a server shows, as it is sent. */
export interface ServerPage {
  readonly kind: 'server';
  /** Another one after a restart. */
  readonly instance: string;
  readonly version: string;
  readonly points: readonly Point[];
  readonly now: ServerNow | undefined;
}

/** The latest figures. Rates are of the minute past where they are named so. */
export interface ServerNow {
  readonly uptimeMs: number;
  readonly health: ServerSample['health'];
  readonly ac: HitFigures;
  readonly cas: HitFigures;
  readonly requests: number;
  readonly requestsPerSec: number;
  /** The figure of the last minute. */
  readonly failedPerMinute: number;
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly p99Ms: number | null;
  readonly store: StoreUsage | null;
  readonly evictedPerMinute: number;
  readonly workersReplaced: number;
  readonly connectionsOpen: number;
  readonly requestsInFlight: number;
  readonly namespaces: readonly NamespaceFigures[];
  readonly namespacesLeftOut: number;
  readonly processes: readonly (ProcessStats & { readonly cpuCores: number | null })[];
}

export interface HitFigures {
  readonly lookups: number;
  /** Since the start. */
  readonly hitRatePercent: number | null;
  readonly minuteHitRatePercent: number | null;
}

export interface NamespaceFigures {
  readonly namespace: string;
  readonly lookups: number;
  readonly acHitRatePercent: number | null;
  readonly casHitRatePercent: number | null;
  readonly readBytes: number;
  readonly writtenBytes: number;
}

/** Order of the figures in a point; the time in ms since 1970 leads it. */
export const serverColumns = [
  'atMs',
  'acHitRatePercent',
  'casHitRatePercent',
  'requestsPerSec',
  'failedPerSec',
  'p50Ms',
  'p95Ms',
  'p99Ms',
  'sizeBytes',
  'entries',
  'evictedPerSec',
  'memoryBytes',
  'cpuCores',
] as const;
