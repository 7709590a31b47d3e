import type { Histogram } from 'hdr-histogram-js';
import { bucketOfUs, usOfBucket } from './latency-counts.ts';
import { forEachRecordedValue } from './recorded-values.ts';
import { toHistogram } from './to-histogram.ts';

/**
 * A closed loop's latencies with those that it did not measure, because each client waited for the
 * answer: where an operation took longer than the usual interval between two of one client, those that
 * would have been sent meanwhile waited for the rest of the time (Gil Tene's correction for
 * coordinated omission, as HdrHistogram makes it).
 *
 * Counted by bucket and not one by one: an operation of 30 s is worth as many as were left out.
 * @param intervalUs between two operations of a client.
 */
export function correctedForOmission(histogram: Histogram, intervalUs: number): Histogram {
  const counts = new Float64Array(bucketOfUs(histogram.maxValue) + 1);
  forEachRecordedValue(histogram, (valueUs, count) => {
    counts[bucketOfUs(valueUs)]! += count;
    if (intervalUs > 0) addOmitted(counts, valueUs, count, intervalUs);
  });
  const pairs: number[] = [];
  for (const [bucket, count] of counts.entries()) {
    if (count > 0) pairs.push(bucket, Math.min(count, 2 ** 32 - 1));
  }
  return toHistogram(Uint32Array.from(pairs));
}

/** Adds `valueUs` less each multiple of the interval, down to the interval itself. */
function addOmitted(
  counts: Float64Array,
  valueUs: number,
  count: number,
  intervalUs: number,
): void {
  const omitted = Math.floor(valueUs / intervalUs) - 1;
  if (omitted < 1) return;
  const first = bucketOfUs(valueUs - omitted * intervalUs);
  const last = bucketOfUs(valueUs - intervalUs);
  // How many of the multiples 1 to `omitted` leave at least that much.
  const leaving = (us: number): number =>
    Math.min(omitted, Math.max(0, Math.floor((valueUs - us) / intervalUs)));
  let atLeast = leaving(usOfBucket(first));
  for (let bucket = first; bucket <= last; bucket += 1) {
    const above = bucket === last ? 0 : leaving(usOfBucket(bucket + 1));
    counts[bucket]! += count * (atLeast - above);
    atLeast = above;
  }
}
