import type { Histogram } from 'hdr-histogram-js';
import type { Measurement } from '../measurement.ts';
import { judgedSeries, mergeSeries } from '../metrics/merge-series.ts';
import {
  type IntervalFigure,
  intervalFigures,
  type LatencyInterval,
  percentileIntervals,
} from '../metrics/percentile-intervals.ts';
import type { VerdictRow } from './judge-rows.ts';

/** Parts of a run that are long enough to differ by more than chance, and enough of them. */
const partsMost = 30;

/** The 95 % intervals of a run's judged percentiles. */
export function judgedIntervals({ windows }: Measurement): ReturnType<typeof percentileIntervals> {
  const each = Math.max(1, Math.ceil(windows.length / partsMost));
  const parts: (Histogram | undefined)[] = [];
  for (let at = 0; at < windows.length; at += each) {
    parts.push(mergeSeries(windows.slice(at, at + each), judgedSeries));
  }
  return percentileIntervals(parts);
}

/** Adds its interval to each row that is about a percentile. */
export function withIntervals(
  rows: readonly VerdictRow[],
  intervals: ReturnType<typeof percentileIntervals>,
): VerdictRow[] {
  return rows.map((row) => {
    const figure = intervalFigures.find((name): name is IntervalFigure => name === row.metric);
    const interval = figure === undefined ? undefined : intervals[figure];
    return interval === undefined ? row : { ...row, interval };
  });
}

/** The limit that an interval holds, so that another run might well be judged otherwise. */
export function limitWithin({ interval, limits }: VerdictRow): number | undefined {
  if (interval === undefined) return undefined;
  return [limits.pass, limits.fail].find((limit) => limit !== undefined && holds(interval, limit));
}

function holds({ lowMs, highMs = Number.POSITIVE_INFINITY }: LatencyInterval, ms: number): boolean {
  return lowMs < ms && ms < highMs;
}

/** Says which rows the run leaves uncertain. */
export function intervalNotes(rows: readonly VerdictRow[]): string[] {
  return rows.flatMap((row) => {
    const limit = limitWithin(row);
    if (limit === undefined || row.interval === undefined) return [];
    const { lowMs, highMs } = row.interval;
    const range =
      highMs === undefined
        ? `from ${amount(lowMs)} ms`
        : `${amount(lowMs)} to ${amount(highMs)} ms`;
    return [
      `${row.label}: its 95 % interval, ${range}, holds the limit of ${amount(limit)} ms, so another run may get a different verdict`,
    ];
  });
}

function amount(ms: number): string {
  return ms.toLocaleString('en', { maximumFractionDigits: ms < 10 ? 2 : 0 });
}
