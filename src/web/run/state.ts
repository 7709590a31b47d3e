import type { OverallVerdict, Progress, RowVerdict } from '../../loadtest/internal.ts';
import type { Point } from '../shared/points.ts';

/**
 * What the page of a load test shows, as it is sent. `runColumns` has the names of its points'
 * columns.
 */
export interface RunPage {
  readonly kind: 'run';
  readonly version: string;
  readonly title: string;
  /** Whether there is a folder of past runs to look into. */
  readonly hasPastRuns: boolean;
  readonly scenarios: readonly ScenarioPage[];
  /** The one that runs, or ran last; -1 before the first. */
  readonly current: number;
  /** Once all is over. */
  readonly end: RunEnd | undefined;
}

export interface RunEnd {
  readonly verdict: OverallVerdict | undefined;
  readonly reasons: readonly string[];
  /** Whether the command stays, and with it this page's server. */
  readonly stays: boolean;
}

export interface ScenarioPage {
  readonly name: string;
  readonly state: 'waiting' | 'running' | 'ended' | 'failed';
  /** Label and value: what the run was configured to do. */
  readonly facts: readonly (readonly [string, string])[];
  /** `null`: none was set, or it is not known yet. */
  readonly targetHitRatePercent: number | null;
  readonly durationMs: number;
  readonly live: ScenarioLive | undefined;
  readonly rows: readonly ScenarioRow[];
  readonly verdict: OverallVerdict | undefined;
  readonly reasons: readonly string[];
  readonly notes: readonly string[];
  readonly points: readonly Point[];
}

/** The figures of the run so far, or of all of it. */
export interface ScenarioLive {
  readonly phase: Progress['phase'];
  readonly phaseText: string;
  readonly elapsedMs: number;
  readonly expectedMs: number | null;
  readonly share: number | null;
  readonly operations: number;
  readonly failed: number;
  readonly failures: Readonly<Record<string, number>>;
  readonly hits: number;
  readonly misses: number;
  readonly opsPerSec: number;
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly p99Ms: number | null;
  readonly inFlight: number;
  readonly serverMemoryBytes: number | null;
}

export interface ScenarioRow {
  readonly label: string;
  readonly requirement: string;
  readonly measured: string;
  readonly margin: string;
  /** `undefined`: nothing was measured yet. */
  readonly verdict: RowVerdict | undefined;
}

/** Order of the figures in a point; a time in ms of the run leads it. */
export const runColumns = [
  'endMs',
  'opsPerSec',
  'hitsPerSec',
  'missesPerSec',
  'failedPerSec',
  'p50Ms',
  'p95Ms',
  'p99Ms',
  'hitRatePercent',
  'serverMemoryBytes',
  'serverCpuCores',
  'generatorCpuCores',
] as const;
