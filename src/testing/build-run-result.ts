import { build, type Histogram } from 'hdr-histogram-js';
import {
  assembleResult,
  judge,
  type LatencySeries,
  type LoadTestConfig,
  type Measurement,
  type OperationCounts,
  type ResolvedConfig,
  type RunResult,
  resolveConfig,
  type Window,
} from '../loadtest/internal.ts';
import { standardNormal } from '../loadtest/statistics/detectable-change.ts';
import { createRandom, type Random } from '../loadtest/statistics/random.ts';
import { buildMeasurement } from './build-measurement.ts';

/** How a made run is to look. Latencies are log-normal; the level drifts from window to window. */
export interface RunPlan {
  readonly seed: number;
  readonly windows?: number;
  readonly windowMs?: number;
  readonly operationsPerWindow?: number;
  readonly medianMs?: number;
  /** Multiplies latency and divides throughput. */
  readonly slowness?: number;
  /** Relative scatter of a window's level; neighbours resemble each other by `autocorrelation`. */
  readonly windowScatter?: number;
  readonly autocorrelation?: number;
  readonly memoryBytes?: number;
  readonly failedPerWindow?: number;
  readonly hitShare?: number;
  readonly config?: LoadTestConfig;
  readonly change?: Partial<RunResult>;
}

/** Makes a result as a run would have written it, for tests of what reads one. */
export function buildRunResult(plan: RunPlan): RunResult {
  const { windows: count = 30, windowMs = 1000, memoryBytes = 90e6 } = plan;
  const random = createRandom(plan.seed, 0);
  const levels = firstOrderLevels(count, plan, random);
  const windows = levels.map((level, index) => buildWindow(level, index, windowMs, plan, random));
  const sum = (pick: (counts: OperationCounts) => number): number =>
    windows.reduce((total, { counts }) => total + pick(counts), 0);
  const failed = sum((counts) => counts.failed);
  const totals: OperationCounts = {
    ...windows[0]!.counts,
    total: sum((counts) => counts.total),
    successful: sum((counts) => counts.successful),
    failed,
    hits: sum((counts) => counts.hits),
    misses: sum((counts) => counts.misses),
    failures: { ...windows[0]!.counts.failures, reset: failed },
  };
  const measurement = buildMeasurement({
    durationMs: count * windowMs,
    windowMs,
    memoryBytes: () => memoryBytes * (1 + 0.01 * standardNormal(random)),
    change: { windows, totals, runId: `${plan.seed}`.padStart(32, '0') },
  });
  const config = resolveConfig({
    numClients: 20,
    durationSecs: (count * windowMs) / 1000,
    requestsPerClient: 0,
    workers: 1,
    ...plan.config,
  });
  return { ...judgedResult(measurement, config), ...plan.change };
}

/** The result of a made measurement, judged as that of a run is. */
export function judgedResult(
  measurement: Measurement,
  config: ResolvedConfig,
  environment: RunResult['environment'] = builtEnvironment,
): RunResult {
  return assembleResult({ measurement, config, verdict: judge(measurement, config), environment });
}

/** The machine of every built run. */
export const builtEnvironment: RunResult['environment'] = {
  memobuild_version: '0.2.0',
  node_version: '20.20.2',
  platform: 'linux',
  arch: 'x64',
  os_release: '6.1',
  cpu_model: 'Test CPU',
  cpu_count: 2,
  memory_bytes: 8 * 2 ** 30,
  commit: null,
  ci: false,
};

function firstOrderLevels(count: number, plan: RunPlan, random: Random): number[] {
  const { windowScatter = 0.05, autocorrelation = 0.4 } = plan;
  const step = windowScatter * Math.sqrt(1 - autocorrelation ** 2);
  let level = windowScatter * standardNormal(random);
  return Array.from({ length: count }, () => {
    level = autocorrelation * level + step * standardNormal(random);
    return Math.exp(level);
  });
}

function buildWindow(
  level: number,
  index: number,
  windowMs: number,
  plan: RunPlan,
  random: Random,
): Window {
  const { operationsPerWindow = 200, medianMs = 5, slowness = 1, hitShare = 0.75 } = plan;
  const { failedPerWindow: failed = 0 } = plan;
  const successful = Math.max(1, Math.round(operationsPerWindow / (slowness * level)));
  const hits = Math.round(successful * hitShare);
  const histograms: Record<'hit' | 'miss', Histogram> = {
    hit: build({ autoResize: true }),
    miss: build({ autoResize: true }),
  };
  for (let operation = 0; operation < successful; operation += 1) {
    const series: LatencySeries & ('hit' | 'miss') = operation < hits ? 'hit' : 'miss';
    const factor = series === 'miss' ? 2 : 1;
    const ms = factor * slowness * level * medianMs * Math.exp(0.5 * standardNormal(random));
    histograms[series].recordValue(Math.max(1, Math.round(1000 * ms)));
  }
  const counts: OperationCounts = {
    total: successful + failed,
    successful,
    failed,
    hits,
    misses: successful - hits,
    readBytes: 0,
    writtenBytes: 0,
    retries: 0,
    failures: {
      ...buildMeasurement({ durationMs: 1000, hits: 0, misses: 0 }).totals.failures,
      reset: failed,
    },
  };
  return {
    startMs: index * windowMs,
    endMs: (index + 1) * windowMs,
    histograms,
    counts,
    sendingSuccessful: counts.successful,
    inFlight: 5,
    silence: undefined,
  };
}
