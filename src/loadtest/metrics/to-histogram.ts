import { build, type Histogram } from 'hdr-histogram-js';
import { type BucketCounts, latencyDigits, usOfBucket } from './latency-counts.ts';

/**
 * Makes an hdr-histogram-js histogram (µs) out of counts: the same buckets, the same counts. Each
 * is put at the upper end of its bucket, so that no percentile is above the histogram's maximum.
 */
export function toHistogram(pairs: BucketCounts): Histogram {
  const last = pairs.length === 0 ? 0 : usOfBucket(pairs[pairs.length - 2]! + 1) - 1;
  const histogram = build({
    bitBucketSize: 32,
    autoResize: true,
    lowestDiscernibleValue: 1,
    highestTrackableValue: Math.max(2, last),
    numberOfSignificantValueDigits: latencyDigits,
  });
  for (let at = 0; at < pairs.length; at += 2) {
    histogram.recordValueWithCount(usOfBucket(pairs[at]! + 1) - 1, pairs[at + 1]!);
  }
  return histogram;
}
