import { build, type Histogram } from 'hdr-histogram-js';
import type {
  GeneratorSample,
  LatencySeries,
  Measurement,
  OperationCounts,
  ServerSample,
  Silence,
  Window,
} from '../loadtest/measurement.ts';
import { type FailureKind, failureKinds } from '../protocols/shared/load-client.ts';

/** What a made measurement is to hold; the rest is a healthy run of 60 s with 6,000 operations. */
export interface MeasurementPlan {
  readonly durationMs?: number;
  /** How long the clients took to begin. */
  readonly sendingFromMs?: number;
  /** How long all clients were sending; the operations ended within it, evenly. Default: all of it. */
  readonly sendingMs?: number;
  readonly windowMs?: number;
  readonly hits?: number;
  readonly misses?: number;
  readonly failures?: Partial<Record<FailureKind, number>>;
  /** Latencies in ms by series, spread evenly over the windows. Default: hits 2 ms, misses 5 ms. */
  readonly latenciesMs?: Partial<Record<LatencySeries, readonly number[]>>;
  /** Operations under way at the end of each window. */
  readonly inFlight?: (window: number) => number;
  /** The longest silence of each window. */
  readonly silence?: (window: number) => Silence | undefined;
  readonly memoryBytes?: (atMs: number) => number | undefined;
  readonly generatorSample?: Partial<GeneratorSample>;
  readonly change?: Partial<Measurement>;
}

/** Makes a measurement by hand, for tests of what reads one. */
export function buildMeasurement(plan: MeasurementPlan = {}): Measurement {
  const { durationMs = 60_000, windowMs = 1000, hits = 4500, misses = 1500, failures = {} } = plan;
  const { sendingFromMs = 0, sendingMs = durationMs - sendingFromMs } = plan;
  const counts = countsOf(hits, misses, failures);
  return {
    runId: '00112233445566778899aabbccddeeff',
    startedAt: new Date('2026-02-21T10:00:00Z'),
    durationMs,
    sendingFromMs,
    sendingMs,
    stopReason: 'duration',
    warmup: {
      keys: 1000,
      stored: 1000,
      failed: 0,
      storedBytes: 50e6,
      durationMs: 1500,
      timedOut: false,
      failures: noFailures(),
    },
    windowMs,
    windows: windowsOf(plan, counts, { windowMs, durationMs, sendingMs }),
    totals: counts,
    writes: {
      acknowledged: misses,
      reread: Math.round(misses / 20),
      lost: failures.lost ?? 0,
      evicted: 0,
    },
    unfinished: { count: 0, oldestAgeMs: 0 },
    scheduled: undefined,
    generator: {
      workers: 1,
      lostWorkers: [],
      samples: seconds(durationMs).map((atMs) => ({
        atMs,
        cpuCores: 0.4,
        memoryBytes: 120e6,
        loopDelayP99Ms: 3,
        loopDelayMaxMs: 4,
        machineCpu: 0.5,
        machineOtherCpu: 0.05,
        machineSteal: 0,
        machineStealMost: undefined,
        ...plan.generatorSample,
      })),
      calibration: { beforeMs: 100, afterMs: 102 },
      openFiles: { limit: 1024, needed: 60 },
      cpuUsPerOperation: 80,
    },
    connections: {
      most: undefined,
      opened: 20,
      busyMost: 0,
      allBusyMs: 0,
      calmServiceMs: undefined,
      allBusyServiceMs: undefined,
      stale: 0,
      backOffs: 0,
      backOffMs: 0,
    },
    parts: { bySize: [], byPhase: {}, byStage: [] },
    server: { software: 'memobuild/0.2.0', samples: serverSamples(plan, durationMs) },
    cleanup: { removable: true, removed: 2500, failed: 0 },
    notes: [],
    ...plan.change,
  };
}

function countsOf(
  hits: number,
  misses: number,
  failures: Partial<Record<FailureKind, number>>,
): OperationCounts {
  const failed = Object.values(failures).reduce((sum, count) => sum + count, 0);
  const successful = hits + misses;
  return {
    total: successful + failed,
    successful,
    failed,
    hits,
    misses,
    readBytes: hits * 10_000,
    writtenBytes: misses * 10_000,
    retries: 0,
    failures: { ...noFailures(), ...failures },
  };
}

function windowsOf(
  plan: MeasurementPlan,
  counts: OperationCounts,
  times: { readonly windowMs: number; readonly durationMs: number; readonly sendingMs: number },
): Window[] {
  const { windowMs, durationMs, sendingMs } = times;
  const windowCount = Math.max(1, Math.ceil(durationMs / windowMs));
  const sendingCount = Math.max(1, Math.ceil(sendingMs / windowMs));
  const latencies = plan.latenciesMs ?? {
    hit: new Array<number>(counts.hits).fill(2),
    miss: new Array<number>(counts.misses).fill(5),
  };
  return Array.from({ length: windowCount }, (_, index) => {
    const histograms: Partial<Record<LatencySeries, Histogram>> = {};
    for (const [series, valuesMs] of Object.entries(latencies)) {
      const mine = valuesMs.filter(
        (_, at) => Math.floor((at * sendingCount) / valuesMs.length) === index,
      );
      if (mine.length > 0) histograms[series as LatencySeries] = histogramOf(mine);
    }
    const mine = shareOf(counts, Math.min(index, sendingCount), sendingCount);
    return {
      startMs: index * windowMs,
      endMs: Math.min((index + 1) * windowMs, durationMs),
      histograms,
      counts: mine,
      sendingSuccessful: mine.successful,
      inFlight: plan.inFlight?.(index) ?? 5,
      silence: plan.silence?.(index),
    };
  });
}

function histogramOf(valuesMs: readonly number[]): Histogram {
  const histogram = build({ autoResize: true });
  for (const valueMs of valuesMs) histogram.recordValue(Math.round(valueMs * 1000));
  return histogram;
}

/** A window's part of every count, so that the windows add up to the totals. */
function shareOf(counts: OperationCounts, index: number, windows: number): OperationCounts {
  const part = (count: number): number =>
    Math.floor((count * Math.min(windows, index + 1)) / windows) -
    Math.floor((count * index) / windows);
  return {
    total: part(counts.total),
    successful: part(counts.successful),
    failed: part(counts.failed),
    hits: part(counts.hits),
    misses: part(counts.misses),
    readBytes: part(counts.readBytes),
    writtenBytes: part(counts.writtenBytes),
    retries: part(counts.retries),
    failures: Object.fromEntries(
      Object.entries(counts.failures).map(([kind, count]) => [kind, part(count)]),
    ) as Record<FailureKind, number>,
  };
}

function serverSamples(plan: MeasurementPlan, durationMs: number): ServerSample[] {
  return seconds(durationMs).map((atMs) => ({
    atMs,
    memoryBytes: plan.memoryBytes === undefined ? 90e6 : plan.memoryBytes(atMs),
    residentBytes: 110e6,
    cpuMs: atMs * 0.3,
    evictedEntries: 0,
  }));
}

function seconds(durationMs: number): number[] {
  return Array.from({ length: Math.floor(durationMs / 1000) + 1 }, (_, index) => index * 1000);
}

function noFailures(): Record<FailureKind, number> {
  return Object.fromEntries(failureKinds.map((kind) => [kind, 0])) as Record<FailureKind, number>;
}
