import assert from 'node:assert/strict';
import { test } from 'node:test';
import { build } from 'hdr-histogram-js';
import { createRandom } from '../statistics/random.ts';
import { bucketOfUs, LatencyCounts, latencyUsMax, usOfBucket } from './latency-counts.ts';
import { toHistogram } from './to-histogram.ts';

/** From 1 µs to half an hour, evenly on a logarithmic scale. */
function latencies(count: number, stream: number): number[] {
  const random = createRandom(7, stream);
  return Array.from({ length: count }, () => Math.floor(10 ** (random() * 9.25)));
}

test('values share a bucket exactly where HdrHistogram holds them to be equivalent', () => {
  const hdr = build({ highestTrackableValue: latencyUsMax, numberOfSignificantValueDigits: 3 });
  const edges = Array.from({ length: 37 }, (_, power) => 2 ** power);
  const values = [...edges, ...latencies(2000, 1)].flatMap((us) => [us - 1, us, us + 1]);
  for (const us of values) {
    // The typings hide it; it is what the layout must agree with.
    const lowest = (
      hdr as unknown as { lowestEquivalentValue(us: number): number }
    ).lowestEquivalentValue(us);
    assert.equal(usOfBucket(bucketOfUs(us)), lowest, `${us} µs`);
    assert.ok(bucketOfUs(us + 1) >= bucketOfUs(us), `${us} µs and the next`);
  }
});

test('what lies outside the range goes to its ends', () => {
  const counts = new LatencyCounts();
  assert.equal(counts.record(-5), 0);
  assert.equal(counts.record(1e15), bucketOfUs(latencyUsMax));
  assert.equal(counts.total, 2);
});

test('a latency is rounded to the nearest µs', () => {
  const counts = new LatencyCounts();
  assert.deepEqual([counts.record(41.4), counts.record(41.6)], [41, 42]);
});

test('percentiles are those of HdrHistogram', () => {
  const counts = new LatencyCounts();
  const hdr = build({ highestTrackableValue: latencyUsMax, numberOfSignificantValueDigits: 3 });
  for (const us of latencies(5000, 2)) {
    counts.record(us);
    hdr.recordValue(us);
  }
  for (const percent of [0.1, 25, 50, 90, 95, 99, 99.9, 100]) {
    assert.equal(counts.percentileUs(percent / 100), hdr.getValueAtPercentile(percent));
  }
});

test('the merge of all workers has the percentiles of all samples', () => {
  const all = build({ highestTrackableValue: latencyUsMax, numberOfSignificantValueDigits: 3 });
  const merged = new LatencyCounts();
  for (let worker = 0; worker < 4; worker += 1) {
    const counts = new LatencyCounts();
    for (const us of latencies(1000 * (worker + 1), 10 + worker)) {
      counts.record(us);
      all.recordValue(us);
    }
    merged.addAll(counts.take());
    assert.equal(counts.total, 0);
    assert.equal(counts.percentileUs(1), 0);
  }
  const histogram = toHistogram(merged.take());
  assert.equal(histogram.totalCount, 10_000);
  for (const percent of [1, 50, 95, 99, 99.9, 99.99, 100]) {
    assert.equal(histogram.getValueAtPercentile(percent), all.getValueAtPercentile(percent));
  }
  assert.equal(histogram.maxValue, histogram.getValueAtPercentile(100));
  assert.ok(Math.abs(histogram.mean / all.mean - 1) < 1e-9);
});

test('no samples make an empty histogram', () => {
  assert.equal(toHistogram(new LatencyCounts().take()).totalCount, 0);
});
