import { minOf } from '../../core/index.ts';
import type { Measurement } from '../measurement.ts';
import { judgedSeries, mergeSeries } from '../metrics/merge-series.ts';
import { median } from '../statistics/median.ts';
import { type RiseShape, riseOf } from './rise.ts';

/** Runs from this length on are judged for drift; shorter ones show it as a note. */
export const driftRunMsLeast = 260_000;
/** Start-up is not drift. */
export const driftSkipMs = 60_000;
export const driftWindowMs = 10_000;
const shareMax = 0.05;
/** Windows get longer rather than more: the slope of a soak of days takes all pairs of them. */
const driftWindowsMax = 480;

export const driftMetrics = ['server_memory', 'p95_latency'] as const;

/** A figure of the target that is tested for a rise. */
export type DriftMetric = (typeof driftMetrics)[number];

/** Whether a figure of the target rose over the run. */
export interface Drift {
  readonly metric: DriftMetric;
  readonly unit: 'bytes' | 'ms';
  readonly shape: RiseShape;
  /**
   * For a step, the difference of the medians after and before it; otherwise Theil-Sen's over the
   * judged part.
   */
  readonly change: number;
  /** When a step came; `undefined` for other shapes. */
  readonly stepAtMs: number | undefined;
  /** Median of the windows, which the change is compared with. */
  readonly typical: number;
  /** Change that counts: the larger of 5 % and a floor. */
  readonly changeMax: number;
  /** One-sided p of no such rise; the smaller of both tests' where the shape is `none`. */
  readonly pValue: number;
  readonly windows: number;
  /** Length of the tested part. */
  readonly spanMs: number;
  /** Whether the rise is more than chance, and more than `changeMax`. */
  readonly rises: boolean;
  /** False where the run is too short to hold it against the target. */
  readonly judged: boolean;
}

/**
 * Floors below which a rise does not count. P95: what timers and the scheduler of a busy machine
 * move. Memory: what a managed heap gains while it settles; in the four judged minutes of a run of
 * five it is a leak of 150 MB an hour, and longer runs see smaller ones.
 */
const changeFloors = {
  p95_latency: { unit: 'ms', floor: 0.1 },
  server_memory: { unit: 'bytes', floor: 10e6 },
} as const satisfies Record<DriftMetric, { unit: Drift['unit']; floor: number }>;

/**
 * Looks for drift of the server's memory and of the P95, while all clients were sending: what comes
 * after is not part of the load. Those with too few windows are left out.
 * @param sending when that was, if a part of the run is left out of `measurement`.
 */
export function driftsOf(measurement: Measurement, sending: SendingSpan = measurement): Drift[] {
  // While the clients begin, the load rises: so does the latency, through no drift of the target.
  const { sendingFromMs: fromMs, sendingMs: sentMs } = sending;
  const judged = sentMs >= driftRunMsLeast;
  // A short run has no minute to leave out; its first fifth, in windows of a thirtieth.
  const leftOutMs = judged ? driftSkipMs : sentMs / 5;
  const windowMs = judged
    ? Math.max(driftWindowMs, (sentMs - leftOutMs) / driftWindowsMax)
    : sentMs / 30;
  const grid = { skipMs: fromMs + leftOutMs, windowMs, endMs: fromMs + sentMs };
  const memory = windowed(memorySamples(measurement), grid, minOf);
  const latency = p95Windows(measurement, grid);
  return [
    driftOf('server_memory', memory, windowMs, judged),
    driftOf('p95_latency', latency, windowMs, judged),
  ].filter((drift) => drift !== undefined);
}

type SendingSpan = Pick<Measurement, 'sendingFromMs' | 'sendingMs'>;

interface Grid {
  readonly skipMs: number;
  readonly windowMs: number;
  readonly endMs: number;
}

/** Fewest windows that say anything. */
const windowsLeast = 12;

function driftOf(
  metric: DriftMetric,
  windows: readonly Timed[],
  windowMs: number,
  judged: boolean,
): Drift | undefined {
  const values = windows.map(({ value }) => value);
  const rise = values.length < windowsLeast ? undefined : riseOf(values);
  if (rise === undefined) return undefined;
  const { shape, change, stepIndex, pValue } = rise;
  const typical = median(values);
  const { unit, floor } = changeFloors[metric];
  const changeMax = Math.max(floor, shareMax * typical);
  return {
    metric,
    unit,
    shape,
    change,
    stepAtMs: stepIndex === undefined ? undefined : windows[stepIndex]!.atMs,
    typical,
    changeMax,
    pValue,
    windows: values.length,
    spanMs: values.length * windowMs,
    rises: shape !== 'none' && change > changeMax,
    judged,
  };
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
): Timed[] {
  const groups = new Map<number, number[]>();
  for (const { atMs, value } of samples) {
    if (atMs < skipMs || atMs >= endMs) continue;
    const index = Math.floor((atMs - skipMs) / windowMs);
    const group = groups.get(index);
    if (group === undefined) groups.set(index, [value]);
    else group.push(value);
  }
  return [...groups]
    .sort(([a], [b]) => a - b)
    .map(([index, values]) => ({ atMs: skipMs + index * windowMs, value: digest(values) }));
}

function p95Windows(measurement: Measurement, { skipMs, windowMs, endMs }: Grid): Timed[] {
  const groups = new Map<number, Measurement['windows'][number][]>();
  for (const window of measurement.windows) {
    // A window that ends later is cut short, or holds the drain.
    if (window.startMs < skipMs || window.endMs > endMs) continue;
    const index = Math.floor((window.startMs - skipMs) / windowMs);
    const group = groups.get(index);
    if (group === undefined) groups.set(index, [window]);
    else group.push(window);
  }
  return [...groups]
    .sort(([a], [b]) => a - b)
    .flatMap(([index, windows]) => {
      const merged = mergeSeries(windows, judgedSeries);
      const atMs = skipMs + index * windowMs;
      return merged === undefined ? [] : [{ atMs, value: merged.getValueAtPercentile(95) / 1000 }];
    });
}
