import type { FailureKind } from '../../../protocols/shared/load-client.ts';
import { targetOperations } from '../../metrics/target-operations.ts';

/** The progress of a run, a few times per second, for a live view. Latencies are those of the run so far. */
export interface Progress {
  readonly phase:
    | 'starting'
    | 'calibrating'
    | 'warming'
    | 'running'
    | 'draining'
    | 'cleaning'
    | 'done';
  /** Milliseconds since the phase began, and what it may take at most (undefined: not known). */
  readonly elapsedMs: number;
  readonly expectedMs: number | undefined;
  /** Share done, 0 to 1, where it is known. */
  readonly share: number | undefined;
  readonly operations: number;
  readonly successful: number;
  readonly failed: number;
  readonly hits: number;
  readonly misses: number;
  readonly failures: Readonly<Partial<Record<FailureKind, number>>>;
  /** Successful operations of the last second. */
  readonly opsPerSec: number;
  /** The run's throughput as it would be if it ended now. */
  readonly throughputOpsPerSec?: number | undefined;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  /** Mean latency of the run so far. */
  readonly avgMs?: number;
  readonly inFlight: number;
  readonly serverMemoryBytes: number | undefined;
  /** The last row, once there is one: another object about once per second while the run goes on. */
  readonly row?: ProgressRow | undefined;
  /** What the user should know at once (a run that could evict what others stored), so far. */
  readonly notes?: readonly string[];
}

/** The outcome of about one second of the run. The result's time series is the exact one. */
export interface ProgressRow {
  /** Milliseconds of the run's measured part. */
  readonly startMs: number;
  readonly endMs: number;
  readonly operations: number;
  readonly successful: number;
  readonly hits: number;
  readonly misses: number;
  /** Without those that the generator's own machine failed. */
  readonly failed: number;
  /** Judged latencies; `undefined` where no operation ended. */
  readonly p50Ms: number | undefined;
  readonly p95Ms: number | undefined;
  readonly p99Ms: number | undefined;
  readonly serverMemoryBytes: number | undefined;
  readonly serverCpuCores: number | undefined;
  readonly generatorCpuCores: number | undefined;
}

/** {@link targetOperations} of the run so far. */
export function targetOperationsSoFar({
  operations: total,
  failed,
  failures,
}: Pick<Progress, 'operations' | 'failed' | 'failures'>): ReturnType<typeof targetOperations> {
  return targetOperations({ total, failed }, failures);
}

export type ProgressListener = (progress: Progress) => void;
