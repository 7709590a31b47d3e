import { build, type Histogram } from 'hdr-histogram-js';
import type { LatencySeries, Window } from '../measurement.ts';
import { type BucketCounts, LatencyCounts, latencyDigits } from './latency-counts.ts';
import { toHistogram } from './to-histogram.ts';

/**
 * The series whose merge is judged: every operation that took time, failed or not. A slow failure
 * hurts as much as a slow success.
 */
export const judgedSeries = [
  'hit',
  'miss',
  'timeout',
  'failed',
] as const satisfies readonly LatencySeries[];

/** The series of operations that succeeded. */
export const successSeries = ['hit', 'miss'] as const satisfies readonly LatencySeries[];

/** Empty between two merges. */
const scratch = new LatencyCounts();
const none: BucketCounts = new Uint32Array(0);

/** Adds series of windows up, exactly; `undefined` where they hold no sample. */
export function mergeSeries(
  windows: readonly Pick<Window, 'histograms' | 'bucketCounts'>[],
  series: readonly LatencySeries[],
): Histogram | undefined {
  let merged: Histogram | undefined;
  for (const { bucketCounts, histograms } of windows) {
    for (const name of series) {
      if (bucketCounts === undefined) merged = addHistogram(merged, histograms[name]);
      else scratch.addAll(bucketCounts[name] ?? none);
    }
  }
  return scratch.total === 0 ? merged : addHistogram(merged, toHistogram(scratch.take()));
}

/** The same for histograms that are in memory. */
export function mergeHistograms(parts: readonly (Histogram | undefined)[]): Histogram | undefined {
  return parts.reduce<Histogram | undefined>(addHistogram, undefined);
}

/** Adds `part` to `merged`, which it changes; the first part is copied. One without a sample adds nothing. */
export function addHistogram(
  merged: Histogram | undefined,
  part: Histogram | undefined,
): Histogram | undefined {
  if (part === undefined || part.totalCount === 0) return merged;
  const sum = merged ?? build({ autoResize: true, numberOfSignificantValueDigits: latencyDigits });
  sum.add(part);
  return sum;
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
