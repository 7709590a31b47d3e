import type { StoreUsage } from '../../core/index.ts';
import type { Counters } from '../telemetry/counters.ts';
import type { ProcessReport } from '../telemetry/process-report.ts';

/** A server as a whole, as its primary process knows it. */
export interface ServerOverview {
  /** Sums over all processes, those that died included. */
  readonly counters: Counters;
  readonly processes: readonly ProcessReport[];
  readonly uptimeMs: number;
  readonly workersReplaced: number;
  /** `undefined`: no worker knows. */
  readonly usage: StoreUsage | undefined;
  readonly workersWanted: number;
  readonly workersServing: number;
  readonly draining: boolean;
}
