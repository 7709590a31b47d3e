import type { Measurement } from '../measurement.ts';
import { judgedSeries, mergeSeries } from '../metrics/merge-series.ts';
import { median } from '../statistics/median.ts';
import { trendOf } from '../statistics/trend.ts';

/** Runs from this length on are judged for drift; shorter ones show it as a note. */
export const driftRunMsLeast = 260_000;
/** Start-up is no drift. */
export const driftSkipMs = 60_000;
export const driftWindowMs = 10_000;
const pValueMax = 0.01;
const shareMax = 0.05;

export const driftMetrics = ['server_memory', 'p95_latency'] as const;

/** A figure of the target that is looked at for a steady rise. */
export type DriftMetric = (typeof driftMetrics)[number];

/** Whether a figure of the target rose steadily over the run. */
export interface Drift {
  readonly metric: DriftMetric;
  readonly unit: 'bytes' | 'ms';
  /** Theil-Sen's change over the judged part of the run. */
  readonly change: number;
  /** Median of the windows, which the change is compared with. */
  readonly typical: number;
  /** Change that counts: the larger of 5 % and a floor. */
  readonly changeMax: number;
  readonly pValue: number;
  readonly windows: number;
  readonly rises: boolean;
  /** False where the run is too short to hold it against the target. */
  readonly judged: boolean;
}

/** Looks for drift of the server's memory and of the P95; those with too few windows are left out. */
export function driftsOf(measurement: Measurement): Drift[] {
  const judged = measurement.durationMs >= driftRunMsLeast;
  // A short run has no minute to leave out; its first fifth, in windows of a thirtieth.
  const skipMs = judged ? driftSkipMs : measurement.durationMs / 5;
  const windowMs = judged ? driftWindowMs : measurement.durationMs / 30;
  const grid = { skipMs, windowMs, endMs: measurement.durationMs };
  const memory = windowed(memorySamples(measurement), grid, (values) => Math.min(...values));
  const latency = p95Windows(measurement, grid);
  return [
    driftOf('server_memory', memory, { unit: 'bytes', floor: 16e6, judged }),
    driftOf('p95_latency', latency, { unit: 'ms', floor: 1, judged }),
  ].filter((drift) => drift !== undefined);
}

interface Grid {
  readonly skipMs: number;
  readonly windowMs: number;
  readonly endMs: number;
}

/** Fewest windows that say anything. */
const windowsLeast = 12;

function driftOf(
  metric: Drift['metric'],
  values: readonly number[],
  { unit, floor, judged }: { unit: Drift['unit']; floor: number; judged: boolean },
): Drift | undefined {
  const trend = values.length < windowsLeast ? undefined : trendOf(values);
  if (trend === undefined) return undefined;
  const change = trend.slopePerStep * (values.length - 1);
  const typical = median(values);
  const changeMax = Math.max(floor, shareMax * typical);
  const rises = trend.pValue < pValueMax && change > changeMax;
  const windows = values.length;
  return { metric, unit, change, typical, changeMax, pValue: trend.pValue, windows, rises, judged };
}

interface Timed {
  readonly atMs: number;
  readonly value: number;
}

function memorySamples(measurement: Measurement): Timed[] {
  return measurement.server.samples.flatMap(({ atMs, memoryBytes, residentBytes }) => {
    const value = memoryBytes ?? residentBytes;
    return value === undefined ? [] : [{ atMs, value }];
  });
}

/** Window minima: what stays after garbage collection is what a leak grows. */
function windowed(
  samples: readonly Timed[],
  { skipMs, windowMs, endMs }: Grid,
  digest: (values: readonly number[]) => number,
): number[] {
  const groups = new Map<number, number[]>();
  for (const { atMs, value } of samples) {
    if (atMs < skipMs || atMs > endMs) continue;
    const index = Math.floor((atMs - skipMs) / windowMs);
    groups.set(index, [...(groups.get(index) ?? []), value]);
  }
  return [...groups.keys()].sort((a, b) => a - b).map((index) => digest(groups.get(index) ?? []));
}

function p95Windows(measurement: Measurement, { skipMs, windowMs }: Grid): number[] {
  const groups = new Map<number, Measurement['windows'][number][]>();
  for (const window of measurement.windows) {
    // A run's last window is cut short, or holds the drain alone.
    if (window.startMs < skipMs || window.endMs > measurement.durationMs) continue;
    const index = Math.floor((window.startMs - skipMs) / windowMs);
    groups.set(index, [...(groups.get(index) ?? []), window]);
  }
  return [...groups.keys()]
    .sort((a, b) => a - b)
    .flatMap((index) => {
      const merged = mergeSeries(groups.get(index) ?? [], judgedSeries);
      return merged === undefined ? [] : [merged.getValueAtPercentile(95) / 1000];
    });
}
