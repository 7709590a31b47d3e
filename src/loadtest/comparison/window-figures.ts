import type { ComparedMetricName } from './compared-metrics.ts';
import { bucketMiddleMs, percentileMs, type RunWindow } from './run-windows.ts';

/**
 * Makes the function that computes a side's figures where each window counts as often as it was
 * drawn.
 */
export function createFigures(
  windows: readonly RunWindow[],
): (drawn: ArrayLike<number>) => Map<ComparedMetricName, number> {
  const buckets = [...new Set(windows.flatMap(({ latencies }) => [...latencies.keys()]))].sort(
    (a, b) => a - b,
  );
  const placeOf = new Map(buckets.map((bucket, place) => [bucket, place]));
  // Typed arrays: each resample of a comparison walks all of this.
  const sparse = windows.map(({ latencies }) => ({
    places: Int32Array.from(latencies.keys(), (bucket) => placeOf.get(bucket)!),
    times: Float64Array.from(latencies.values()),
  }));
  const middlesMs = buckets.map(bucketMiddleMs);
  const counts = new Float64Array(buckets.length);
  return (drawn) => {
    counts.fill(0);
    for (let at = 0; at < sparse.length; at += 1) {
      if (drawn[at]! > 0) addTimes(counts, sparse[at]!, drawn[at]!);
    }
    return figuresOfSums(sumWindows(windows, drawn), { buckets, counts, middlesMs });
  };
}

function addTimes(
  counts: Float64Array,
  { places, times }: { readonly places: Int32Array; readonly times: Float64Array },
  factor: number,
): void {
  for (let at = 0; at < places.length; at += 1) counts[places[at]!]! += factor * times[at]!;
}

interface WindowSums {
  sendingMs: number;
  sendingSuccessful: number;
  total: number;
  successful: number;
  hits: number;
  misses: number;
  memoryBytes: number;
  memorySamples: number;
}

function sumWindows(windows: readonly RunWindow[], drawn: ArrayLike<number>): WindowSums {
  const sums: WindowSums = {
    sendingMs: 0,
    sendingSuccessful: 0,
    total: 0,
    successful: 0,
    hits: 0,
    misses: 0,
    memoryBytes: 0,
    memorySamples: 0,
  };
  windows.forEach((window, index) => {
    const times = drawn[index]!;
    if (times === 0) return;
    for (const name of addedUp) sums[name] += times * window[name];
    if (window.memoryBytes !== undefined) {
      sums.memoryBytes += times * window.memoryBytes;
      sums.memorySamples += times;
    }
  });
  return sums;
}

const addedUp = [
  'sendingMs',
  'sendingSuccessful',
  'total',
  'successful',
  'hits',
  'misses',
] as const;

function figuresOfSums(
  sums: WindowSums,
  latency: { buckets: readonly number[]; counts: Float64Array; middlesMs: readonly number[] },
): Map<ComparedMetricName, number> {
  const figures = new Map<ComparedMetricName, number>();
  const keep = (name: ComparedMetricName, figure: number | undefined): void => {
    if (figure !== undefined && Number.isFinite(figure)) figures.set(name, figure);
  };
  const percentile = (share: number): number | undefined =>
    percentileMs(latency.buckets, latency.counts, share);
  keep('throughput', (1000 * sums.sendingSuccessful) / sums.sendingMs);
  keep('avg_latency', weightedMean(latency.middlesMs, latency.counts));
  keep('p50_latency', percentile(0.5));
  keep('p90_latency', percentile(0.9));
  keep('p95_latency', percentile(0.95));
  keep('p99_latency', percentile(0.99));
  keep('success_rate', (100 * sums.successful) / sums.total);
  keep('hit_rate', (100 * sums.hits) / (sums.hits + sums.misses));
  keep('server_memory', sums.memoryBytes / sums.memorySamples);
  return figures;
}

function weightedMean(values: readonly number[], weights: Float64Array): number | undefined {
  let sum = 0;
  let weight = 0;
  for (let at = 0; at < values.length; at += 1) {
    sum += values[at]! * weights[at]!;
    weight += weights[at]!;
  }
  return weight === 0 ? undefined : sum / weight;
}
