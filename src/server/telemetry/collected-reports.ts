import { type Counters, mergeCounters } from './counters.ts';
import type { ProcessReport } from './process-report.ts';

/** All processes of a server, and what those now dead have counted. */
export interface CollectedReports {
  readonly processes: readonly ProcessReport[];
  readonly retired: ProcessReport['counters'];
  /** Milliseconds since the primary started. */
  readonly uptimeMs: number;
  readonly workersReplaced: number;
}

/**
 * Gathers the reports of all processes of this server.
 * @throws when the primary does not answer in time.
 */
export type CollectReports = () => Promise<CollectedReports>;

/** What all processes of the server counted, those that died included. */
export function totalCounters({ processes, retired }: CollectedReports): Counters {
  return mergeCounters([retired, ...processes.map(({ counters }) => counters)]);
}
