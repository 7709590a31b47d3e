import { build, type Histogram } from 'hdr-histogram-js';
import type { LatencySeries, Window } from '../measurement.ts';
import { latencyDigits } from './latency-counts.ts';

/** The series whose merge is judged: successes, and timeouts at their bound. */
export const judgedSeries: readonly LatencySeries[] = ['hit', 'miss', 'timeout'];

/** Adds series of windows up, exactly; `undefined` where they hold no sample. */
export function mergeSeries(
  windows: readonly Pick<Window, 'histograms'>[],
  series: readonly LatencySeries[],
): Histogram | undefined {
  const parts = windows
    .flatMap((window) => series.map((name) => window.histograms[name]))
    .filter((part) => part !== undefined && part.totalCount > 0) as Histogram[];
  if (parts.length === 0) return undefined;
  const merged = build({ autoResize: true, numberOfSignificantValueDigits: latencyDigits });
  for (const part of parts) merged.add(part);
  return merged;
}

/** Figures of a latency histogram, in ms. */
export interface LatencySummary {
  readonly count: number;
  readonly minMs: number;
  readonly avgMs: number;
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly maxMs: number;
}

/** Reads the figures off a histogram in µs; `undefined` for none. */
export function summarizeLatency(histogram: Histogram | undefined): LatencySummary | undefined {
  if (histogram === undefined || histogram.totalCount === 0) return undefined;
  const percentileMs = (percent: number): number => histogram.getValueAtPercentile(percent) / 1000;
  return {
    count: histogram.totalCount,
    minMs: percentileMs(0),
    avgMs: Math.round(histogram.mean) / 1000,
    p50Ms: percentileMs(50),
    p90Ms: percentileMs(90),
    p95Ms: percentileMs(95),
    p99Ms: percentileMs(99),
    p999Ms: percentileMs(99.9),
    maxMs: histogram.maxValue / 1000,
  };
}
