import type { FailureKind } from '../../protocols/shared/load-client.ts';
import type { StopReason } from '../measurement.ts';
import { type ResultOf, runResultOf } from '../result/model/load-test-result.ts';
import type { RunResult } from '../result/model/run.ts';
import type { OverallVerdict } from '../verdict/judge.ts';

/**
 * One finished run: its figures, and under `kind` and `result` all of it as the result file holds
 * it. `kind` is `replay` where a trace was replayed, else `run`.
 */
export type LoadTestMetrics = RunFigures & ResultOf<'run' | 'replay'>;

/** The figures of a run. Rates are 0 to 1; a figure is NaN where there was nothing to measure. */
export interface RunFigures {
  /** The scenario's name. */
  readonly name: string | undefined;
  readonly totalOperations: number;
  readonly successfulOperations: number;
  readonly failedOperations: number;
  readonly successRate: number;
  readonly errorRate: number;
  readonly durationMs: number;
  readonly throughputOpsPerSec: number;
  readonly minLatencyMs: number;
  readonly avgLatencyMs: number;
  readonly p50LatencyMs: number;
  readonly p90LatencyMs: number;
  readonly p95LatencyMs: number;
  readonly p99LatencyMs: number;
  readonly p999LatencyMs: number;
  readonly maxLatencyMs: number;
  readonly cacheHits: number;
  readonly cacheMisses: number;
  readonly cacheHitRate: number;
  readonly errorsByType: Readonly<Record<FailureKind, number>>;
  readonly stopReason: StopReason;
  readonly verdict: OverallVerdict;
  /** Why the verdict is not PASS, one sentence each. */
  readonly reasons: readonly string[];
}

/**
 * The figures of one run, read from a file or out of a series: fractions in place of percentages,
 * NaN in place of `null`.
 */
export function metricsOf(result: RunResult): LoadTestMetrics {
  const { latency, operations, cache, verdict } = result;
  return {
    name: result.name ?? undefined,
    totalOperations: operations.total,
    successfulOperations: operations.successful,
    failedOperations: operations.failed,
    successRate: orNaN(result.success_rate_percent) / 100,
    errorRate: orNaN(result.error_rate_percent) / 100,
    durationMs: result.duration_ms,
    throughputOpsPerSec: orNaN(result.throughput_ops_per_sec),
    minLatencyMs: orNaN(latency.min_ms),
    avgLatencyMs: orNaN(latency.avg_ms),
    p50LatencyMs: orNaN(latency.p50_ms),
    p90LatencyMs: orNaN(latency.p90_ms),
    p95LatencyMs: orNaN(latency.p95_ms),
    p99LatencyMs: orNaN(latency.p99_ms),
    p999LatencyMs: orNaN(latency.p999_ms),
    maxLatencyMs: orNaN(latency.max_ms),
    cacheHits: cache.hits,
    cacheMisses: cache.misses,
    cacheHitRate: orNaN(cache.hit_rate_percent) / 100,
    errorsByType: result.errors_by_type,
    stopReason: result.stop_reason,
    verdict: verdict.verdict,
    reasons: verdict.reasons,
    ...runResultOf(result),
  };
}

function orNaN(value: number | null): number {
  return value ?? Number.NaN;
}
