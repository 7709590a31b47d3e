import type { Histogram } from 'hdr-histogram-js';
import {
  designEffect,
  designPartsLeast,
  quantileInterval,
} from '../statistics/quantile-interval.ts';
import { mergeHistograms } from './merge-series.ts';
import { forEachRecordedValue } from './recorded-values.ts';

/** Between which latencies a percentile lies in 95 of 100 cases; `high` undefined: nothing bounds it. */
export interface LatencyInterval {
  readonly lowMs: number;
  readonly highMs: number | undefined;
}

const percentiles = { p50_ms: 0.5, p90_ms: 0.9, p95_ms: 0.95, p99_ms: 0.99, p999_ms: 0.999 };

/** A percentile that has an interval. */
export type IntervalFigure = keyof typeof percentiles;
export const intervalFigures = Object.keys(percentiles) as IntervalFigure[];

/**
 * The intervals of the printed percentiles. How the parts of a run differ says how many independent
 * operations all of them are worth.
 * @param parts a run's histograms (µs) of successive times of equal length, about thirty.
 */
export function percentileIntervals(
  parts: readonly (Histogram | undefined)[],
): Partial<Record<IntervalFigure, LatencyInterval>> {
  const all = mergeHistograms(parts);
  if (all === undefined) return {};
  const thresholdsUs = intervalFigures.map((figure) =>
    all.getValueAtPercentile(100 * percentiles[figure]),
  );
  const beyond = parts.map((part) => countsBeyond(part, thresholdsUs));
  const usable = parts.filter((part) => part !== undefined && part.totalCount > 0).length;
  // Half of what independent parts have: how much neighbours resemble each other is estimated from
  // them as well. The simulated coverage in docs/method.md is that of this choice.
  const degreesOfFreedom = usable < designPartsLeast ? Number.POSITIVE_INFINITY : (usable - 1) / 2;
  const entries = intervalFigures.map((figure, at) => {
    const effect = designEffect(
      parts.map((part, index) => ({ beyond: beyond[index]![at]!, all: part?.totalCount ?? 0 })),
    );
    const worth = all.totalCount / effect;
    const { low, high } = quantileInterval(worth, percentiles[figure], degreesOfFreedom);
    const interval: LatencyInterval = {
      lowMs: low === undefined ? 0 : all.getValueAtPercentile(100 * low) / 1000,
      highMs: high === undefined ? undefined : all.getValueAtPercentile(100 * high) / 1000,
    };
    return [figure, interval] as const;
  });
  return Object.fromEntries(entries);
}

/** How many values lie above each of some rising thresholds. */
function countsBeyond(part: Histogram | undefined, thresholdsUs: readonly number[]): number[] {
  const counts = thresholdsUs.map(() => 0);
  if (part === undefined) return counts;
  forEachRecordedValue(part, (valueUs, count) => {
    for (let at = 0; at < counts.length && valueUs > thresholdsUs[at]!; at += 1) {
      counts[at]! += count;
    }
  });
  return counts;
}
