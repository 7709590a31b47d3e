import type { Histogram } from 'hdr-histogram-js';
import { bucketOfUs, usOfBucket } from '../metrics/latency-counts.ts';
import { judgedSeries } from '../metrics/merge-series.ts';
import { forEachRecordedValue } from '../metrics/recorded-values.ts';
import { isTooShortForRate } from '../metrics/sending-time.ts';
import { targetOperations } from '../metrics/target-operations.ts';
import { decodeHistogram } from '../result/latency-result.ts';
import type { RunResult } from '../result/model/run.ts';
import type { WindowResult } from '../result/model/windows.ts';

/** What happened in one window of a run, in sums that add up over windows. */
export interface RunWindow {
  readonly durationMs: number;
  /** How much of it all clients were sending, and what succeeded then: what throughput counts. */
  readonly sendingMs: number;
  readonly sendingSuccessful: number;
  /** Without those that the generator's machine failed. */
  readonly total: number;
  readonly successful: number;
  readonly hits: number;
  readonly misses: number;
  /** The judged latencies: bucket of `latency-counts.ts` and how many. */
  readonly latencies: ReadonlyMap<number, number>;
  /** Mean of the server's memory samples taken within, where there were any. */
  readonly memoryBytes: number | undefined;
}

/** A comparison of single runs works on no more windows than this of each; longer runs' are joined. */
export const windowsPerRunMax = 240;

/**
 * Reads the windows of a result, neighbours joined where there are more than
 * {@link windowsPerRunMax}, so that a comparison of hours costs what one of minutes does.
 */
export function readRunWindows(run: RunResult): RunWindow[] {
  const perGroup = Math.ceil(run.windows.length / windowsPerRunMax);
  const groups: RunWindow[] = [];
  for (let start = 0; start < run.windows.length; start += perGroup) {
    const window = joinWindows(run.windows.slice(start, start + perGroup), run);
    // The last one can be cut so short that its rate means nothing.
    if (window.durationMs > 0) groups.push(window);
  }
  return groups;
}

/** The share `share` (0 to 1) of all latencies lies at or below this many ms; as HdrHistogram counts it. */
export function percentileMs(
  buckets: ArrayLike<number>,
  counts: ArrayLike<number>,
  share: number,
): number | undefined {
  let total = 0;
  for (let at = 0; at < counts.length; at += 1) total += counts[at]!;
  if (total === 0) return undefined;
  const rank = Math.max(1, Math.ceil(share * total - 1e-9));
  let seen = 0;
  for (let at = 0; at < counts.length; at += 1) {
    seen += counts[at]!;
    if (seen >= rank) return (usOfBucket(buckets[at]! + 1) - 1) / 1000;
  }
  return undefined;
}

function joinWindows(
  windows: readonly WindowResult[],
  {
    server,
    duration_ms: durationMs,
    sending_from_ms: fromMs = 0,
    sending_ms: sendingMs,
  }: RunResult,
): RunWindow {
  const sum = (pick: (window: WindowResult) => number): number =>
    windows.reduce((total, window) => total + pick(window), 0);
  const startMs = windows[0]!.start_ms;
  // A file may hold windows after the last operation ended: no time of the run.
  const endMs = Math.min(windows.at(-1)!.end_ms, durationMs);
  // As in the result's own throughput.
  const isShort = isTooShortForRate(sendingMs);
  return {
    durationMs: endMs - startMs,
    sendingMs: isShort
      ? endMs - startMs
      : Math.max(0, Math.min(endMs, fromMs + sendingMs) - Math.max(startMs, fromMs)),
    sendingSuccessful: sum((window) =>
      isShort ? window.operations.successful : window.sending_successful,
    ),
    total: sum(
      ({ operations, errors_by_type: errors }) => targetOperations(operations, errors).total,
    ),
    successful: sum(({ operations }) => operations.successful),
    hits: sum(({ hits }) => hits),
    misses: sum(({ misses }) => misses),
    latencies: latenciesOf(windows),
    memoryBytes: meanOf(
      server.samples.flatMap(({ at_ms: atMs, memory_bytes: bytes }) =>
        bytes !== null && atMs > startMs && atMs <= endMs ? [bytes] : [],
      ),
    ),
  };
}

function latenciesOf(windows: readonly WindowResult[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const { histograms } of windows) {
    for (const series of judgedSeries) {
      const encoded = histograms[series];
      if (encoded !== undefined) addCounts(decodeHistogram(encoded), counts);
    }
  }
  return counts;
}

function addCounts(histogram: Histogram, counts: Map<number, number>): void {
  forEachRecordedValue(histogram, (valueUs, count) => {
    const bucket = bucketOfUs(valueUs);
    counts.set(bucket, (counts.get(bucket) ?? 0) + count);
  });
}

function meanOf(values: readonly number[]): number | undefined {
  return values.length === 0
    ? undefined
    : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The latency in ms that represents a bucket when a mean is computed. */
export function bucketMiddleMs(bucket: number): number {
  return (usOfBucket(bucket) + usOfBucket(bucket + 1) - 1) / 2000;
}
