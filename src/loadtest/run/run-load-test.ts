import type { FailureKind } from '../../protocols/shared/load-client.ts';
import type { LoadTestConfig, ResolvedConfig } from '../config/config.ts';
import { resolveConfig } from '../config/resolve-config.ts';
import type { EngineSession } from '../engine/engine-session.ts';
import type { Progress, ProgressListener } from '../engine/progress/progress.ts';
import { runEngine } from '../engine/run-engine.ts';
import type { StopReason } from '../measurement.ts';
import { prepareReplay } from '../replay/prepare-replay.ts';
import { assembleResult, type FinishedRun } from '../result/assemble-result.ts';
import { readEnvironment } from '../result/environment.ts';
import type { RunResult } from '../result/model/run.ts';
import type { LoadTestScenario } from '../scenario/scenario.ts';
import type { Criteria } from '../verdict/criteria.ts';
import { judge, type OverallVerdict } from '../verdict/judge.ts';
import type { LoadTestState } from './load-test-state.ts';

/**
 * Runs one load test: starts the target or reaches it, stores the working set, drives it, judges it.
 * @throws {ConfigError} listing every problem, before anything is started.
 * @throws {LoadTestError} where there is nothing to measure; its code says why.
 */
export async function runLoadTest(
  config: LoadTestConfig = {},
  options: LoadTestOptions = {},
): Promise<LoadTestMetrics> {
  return runResolved(resolveConfig(config), options);
}

/** What a run may be given besides its configuration. */
export interface LoadTestOptions {
  /** What one operation does, instead of a build step's look-up and store. */
  readonly scenario?: LoadTestScenario | undefined;
  /** Ends the run early and gracefully: what was measured is judged and marked interrupted. */
  readonly signal?: AbortSignal | undefined;
  /** Told a few times a second where the run stands. */
  readonly onProgress?: ProgressListener | undefined;
  /** Kept up to date while the run goes on. */
  readonly state?: LoadTestState | undefined;
  /** Default: the published criteria. */
  readonly criteria?: Criteria | undefined;
}

/** What a run came to. Rates are 0 to 1; NaN where there was nothing to measure. */
export interface LoadTestMetrics {
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
  /** All of it, as the result file holds it. */
  readonly result: RunResult;
}

/** {@link runLoadTest} with a configuration that was resolved before, and with what it shares with other runs. */
export async function runResolved(
  given: ResolvedConfig,
  options: LoadTestOptions,
  session?: EngineSession,
): Promise<LoadTestMetrics> {
  const { scenario, onProgress, state } = options;
  const listen = (progress: Progress): void => {
    state?.update(progress);
    onProgress?.(progress);
  };
  const environment = readEnvironment();
  const signal = options.signal ?? new AbortController().signal;
  const { config, plan: replay, close } = await prepareReplay(given, signal);
  try {
    const measurement = await runEngine({
      config,
      replay,
      signal,
      onProgress: listen,
      session,
      ...(scenario === undefined ? {} : { scenario }),
    });
    return metricsOf({ measurement, config, replay, environment: await environment }, options);
  } finally {
    await close();
  }
}

function metricsOf(
  run: Omit<FinishedRun, 'verdict' | 'customScenario'>,
  { criteria, scenario }: LoadTestOptions,
): LoadTestMetrics {
  const { measurement, config } = run;
  const verdict = judge(measurement, config, criteria);
  const result = assembleResult({ ...run, verdict, customScenario: scenario?.name });
  const { latency, operations, cache } = result;
  const orNaN = (value: number | null): number => value ?? Number.NaN;
  return {
    name: config.name,
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
    result,
  };
}
