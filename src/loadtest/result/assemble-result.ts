import type { Histogram } from 'hdr-histogram-js';
import { maxOf } from '../../core/index.ts';
import type { FailureKind } from '../../protocols/shared/load-client.ts';
import { loopOf, type ResolvedConfig, recordedConfigOf } from '../config/config.ts';
import {
  type LatencySeries,
  latencySeries,
  type Measurement,
  type OperationCounts,
  type Window,
} from '../measurement.ts';
import { correctedForOmission } from '../metrics/corrected-latency.ts';
import { judgedSeries, mergeSeries, successSeries } from '../metrics/merge-series.ts';
import { isTooShortForRate } from '../metrics/sending-time.ts';
import { targetOperations } from '../metrics/target-operations.ts';
import type { ReplayPlan } from '../replay/replay-plan.ts';
import { stealMostOf } from '../verdict/generator-health.ts';
import type { Verdict } from '../verdict/judge.ts';
import { measuresOf } from '../verdict/measures.ts';
import { connectionsResultOf, latencyPartsOf, stagesResultOf } from './latency-parts.ts';
import { encodeHistogram, latencyResultOf } from './latency-result.ts';
import type { EnvironmentResult } from './model/environment.ts';
import type { GeneratorResult } from './model/generator.ts';
import type { RunResult } from './model/run.ts';
import { resultSchemaVersion } from './model/schema-version.ts';
import type { ServerResult } from './model/server.ts';
import type { VerdictResult } from './model/verdict.ts';
import type { WindowResult } from './model/windows.ts';
import { replayNotes, replayResultOf } from './replay-result.ts';
import { cpuCoresBetween, timeSeriesOf } from './time-series.ts';

/** Puts together what the result file holds of one run. */
export function assembleResult(run: FinishedRun): RunResult {
  const { measurement, config, verdict } = run;
  const { totals, warmup, writes, unfinished, stopReason } = measurement;
  const measures = measuresOf(measurement);
  const judged = mergeSeries(measurement.windows, judgedSeries);
  const replay = run.replay === undefined ? undefined : replayResultOf(run.replay);
  return {
    schema_version: resultSchemaVersion,
    name: config.name ?? null,
    timestamp: measurement.startedAt.toISOString(),
    run_id: measurement.runId,
    duration_ms: measurement.durationMs,
    complete: stopReason !== 'interrupted' && stopReason !== 'workers_lost',
    stop_reason: stopReason,
    operations: operationsOf(totals),
    success_rate_percent: orNull(measures.success_rate_percent),
    error_rate_percent: orNull(measures.error_rate_percent),
    throughput_ops_per_sec: orNull(measures.throughput_ops_per_sec),
    ...(measurement.sendingFromMs === 0 ? {} : { sending_from_ms: measurement.sendingFromMs }),
    sending_ms: measurement.sendingMs,
    longest_silence_ms: orNull(measures.longest_silence_ms),
    latency: {
      ...latencyResultOf(judged),
      model: loopOf(config.load),
      intervals: intervalsOf(verdict),
      corrected: correctedOf(measurement, config, judged),
      successful: latencyResultOf(mergeSeries(measurement.windows, successSeries)),
      by_series: bySeries((series) => {
        const histogram = mergeSeries(measurement.windows, [series]);
        return histogram === undefined ? undefined : latencyResultOf(histogram);
      }),
      ...latencyPartsOf(measurement.parts),
    },
    cache: {
      hits: totals.hits,
      misses: totals.misses,
      hit_rate_percent: orNull(measures.hit_rate_percent),
      target_percent: Math.round(1e6 * 100 * config.cacheHitRatioTarget) / 1e6,
    },
    errors_by_type: totals.failures,
    traffic: {
      read_bytes: totals.readBytes,
      written_bytes: totals.writtenBytes,
      retries: totals.retries,
    },
    writes,
    warmup: {
      keys: warmup.keys,
      stored: warmup.stored,
      failed: warmup.failed,
      stored_bytes: warmup.storedBytes,
      duration_ms: warmup.durationMs,
      timed_out: warmup.timedOut,
    },
    unfinished: { count: unfinished.count, oldest_age_ms: unfinished.oldestAgeMs },
    scheduled: orNull(measurement.scheduled),
    cleanup: measurement.cleanup,
    time_series: timeSeriesOf(measurement),
    windows: measurement.windows.map(windowResultOf),
    config: { ...recordedConfigOf(config), custom_scenario: measurement.customScenario ?? null },
    verdict: verdictResultOf(verdict),
    generator: generatorResultOf(measurement, verdict),
    connections: connectionsResultOf(measurement.connections),
    ...stagesResultOf(measurement.parts, config),
    server: serverResultOf(measurement),
    environment: run.environment,
    ...(replay === undefined ? {} : { replay }),
    notes: [...(replay === undefined ? [] : replayNotes(replay)), ...measurement.notes],
  };
}

export interface FinishedRun {
  readonly measurement: Measurement;
  readonly config: ResolvedConfig;
  /** Where a trace was replayed. */
  readonly replay?: ReplayPlan | undefined;
  readonly verdict: Verdict;
  readonly environment: EnvironmentResult;
}

/** Low and high of each interval, as the file holds them. */
function intervalsOf({ intervals }: Verdict): RunResult['latency']['intervals'] {
  return Object.fromEntries(
    Object.entries(intervals).map(([figure, { lowMs, highMs }]) => [
      figure,
      [lowMs, orNull(highMs)],
    ]),
  );
}

/** The corrected view of a closed loop; an open one has nothing to correct. */
function correctedOf(
  { durationMs, sendingFromMs, sendingMs, windows }: Measurement,
  config: ResolvedConfig,
  judged: Histogram | undefined,
): RunResult['latency']['corrected'] {
  if (judged === undefined || loopOf(config.load) === 'open') return null;
  const isShort = isTooShortForRate(sendingMs);
  const [fromMs, untilMs] = isShort ? [0, durationMs] : [sendingFromMs, sendingFromMs + sendingMs];
  const within = windows.filter(({ startMs }) => startMs >= fromMs && startMs < untilMs);
  const started = within.reduce((sum, { counts }) => sum + startedOf(counts), 0);
  if (started === 0) return null;
  const lengthMs = untilMs - within[0]!.startMs;
  const intervalMs = (config.numClients * lengthMs) / started;
  const corrected = correctedForOmission(judged, intervalMs * 1000);
  return { ...latencyResultOf(corrected), interval_ms: intervalMs };
}

/** Keeps the series that have something. */
function bySeries<T>(
  pick: (series: LatencySeries) => T | undefined,
): Partial<Record<LatencySeries, T>> {
  const found: Partial<Record<LatencySeries, T>> = {};
  for (const series of latencySeries) {
    const value = pick(series);
    if (value !== undefined) found[series] = value;
  }
  return found;
}

/** Operations that the target can have seen. */
function startedOf(counts: OperationCounts): number {
  return targetOperations(counts, counts.failures).total - counts.failures.dropped;
}

function windowResultOf(window: Window): WindowResult {
  const { counts, histograms } = window;
  return {
    start_ms: window.startMs,
    end_ms: window.endMs,
    operations: operationsOf(counts),
    sending_successful: window.sendingSuccessful,
    hits: counts.hits,
    misses: counts.misses,
    read_bytes: counts.readBytes,
    written_bytes: counts.writtenBytes,
    in_flight: window.inFlight,
    ...(window.silence === undefined
      ? {}
      : { silence: { from_ms: window.silence.fromMs, to_ms: window.silence.toMs } }),
    errors_by_type: occurred(counts.failures),
    histograms: bySeries((series) => {
      const histogram: Histogram | undefined = histograms[series];
      return histogram === undefined || histogram.totalCount === 0
        ? undefined
        : encodeHistogram(histogram);
    }),
  };
}

function operationsOf(counts: {
  readonly total: number;
  readonly successful: number;
  readonly failed: number;
}): RunResult['operations'] {
  return { total: counts.total, successful: counts.successful, failed: counts.failed };
}

function occurred(
  failures: Readonly<Record<FailureKind, number>>,
): Partial<Record<FailureKind, number>> {
  return Object.fromEntries(Object.entries(failures).filter(([, count]) => count > 0));
}

/** The part of a verdict that the file holds under `verdict`. */
function verdictResultOf(verdict: Verdict): VerdictResult {
  return {
    verdict: verdict.verdict,
    reasons: verdict.reasons,
    notes: verdict.notes,
    rows: verdict.rows.map((row) => ({
      metric: row.metric,
      label: row.label,
      unit: row.unit,
      requirement: row.requirement,
      measured: orNull(row.measured),
      ...(row.isLowerBound === true ? { is_lower_bound: true } : {}),
      ...(row.interval === undefined
        ? {}
        : { interval_low: row.interval.lowMs, interval_high: orNull(row.interval.highMs) }),
      margin: orNull(row.margin),
      verdict: row.verdict,
      pass_limit: row.limits.pass,
      fail_limit: orNull(row.limits.fail),
    })),
    drift: verdict.drift.map(({ changeMax, pValue, stepAtMs, spanMs, ...drift }) => ({
      ...drift,
      step_at_ms: orNull(stepAtMs),
      span_ms: spanMs,
      change_max: changeMax,
      p_value: pValue,
    })),
  };
}

function generatorResultOf({ generator }: Measurement, verdict: Verdict): GeneratorResult {
  const { samples, calibration, openFiles } = generator;
  return {
    workers: generator.workers,
    lost_workers: generator.lostWorkers.map(({ worker, reason, atMs }) => ({
      worker,
      reason,
      at_ms: atMs,
    })),
    checks: verdict.generator,
    cpu_cores: meanOf(samples.map(({ cpuCores }) => cpuCores)),
    cpu_us_per_operation: orNull(generator.cpuUsPerOperation),
    memory_bytes_max: mostOrNull(samples.map(({ memoryBytes }) => memoryBytes)),
    machine_other_cpu: meanOf(samples.flatMap(({ machineOtherCpu }) => machineOtherCpu ?? [])),
    machine_steal_most: orNull(stealMostOf(samples)),
    calibration: { before_ms: calibration.beforeMs, after_ms: calibration.afterMs },
    open_files: { limit: orNull(openFiles.limit), needed: openFiles.needed },
    samples: samples.map((sample) => ({
      at_ms: sample.atMs,
      cpu_cores: sample.cpuCores,
      memory_bytes: sample.memoryBytes,
      loop_delay_p99_ms: sample.loopDelayP99Ms,
      machine_cpu: orNull(sample.machineCpu),
      loop_delay_max_ms: sample.loopDelayMaxMs,
      machine_other_cpu: orNull(sample.machineOtherCpu),
      machine_steal: orNull(sample.machineSteal),
    })),
  };
}

function serverResultOf({ server, durationMs, totals }: Measurement): ServerResult {
  const memory = server.samples.flatMap(({ memoryBytes }) => memoryBytes ?? []);
  const cpuCores = cpuCoresBetween(server.samples, 0, durationMs);
  const started = startedOf(totals);
  return {
    software: server.software ?? null,
    memory_bytes_first: memory[0] ?? null,
    memory_bytes_last: memory.at(-1) ?? null,
    memory_bytes_max: mostOrNull(
      server.samples.flatMap((sample) => sample.memoryBytesMost ?? sample.memoryBytes ?? []),
    ),
    cpu_cores: cpuCores,
    cpu_us_per_operation:
      cpuCores === null || started === 0 ? null : (cpuCores * durationMs * 1000) / started,
    samples: server.samples.map((sample) => ({
      at_ms: sample.atMs,
      memory_bytes: orNull(sample.memoryBytes),
      resident_bytes: orNull(sample.residentBytes),
      cpu_ms: orNull(sample.cpuMs),
      evicted_entries: orNull(sample.evictedEntries),
    })),
  };
}

function meanOf(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function mostOrNull(values: readonly number[]): number | null {
  return values.length === 0 ? null : maxOf(values);
}

/** JSON knows neither `undefined` nor NaN. */
function orNull(value: number | undefined): number | null {
  return value === undefined || !Number.isFinite(value) ? null : value;
}
