import assert from 'node:assert/strict';
import test from 'node:test';
import { build, type Histogram } from 'hdr-histogram-js';
import { correctedForOmission } from './corrected-latency.ts';

function histogramOf(...values: readonly (readonly [number, number])[]): Histogram {
  const histogram = build({ autoResize: true });
  for (const [valueUs, count] of values) histogram.recordValueWithCount(valueUs, count);
  return histogram;
}

test('an outage of a third of a closed loop shows as what independent arrivals would have seen', () => {
  // 20 clients, 1 ms per operation, 10 times 2 s without an answer in 60 s.
  const measured = histogramOf([1000, 20 * 40_000], [2_000_000, 20 * 10]);
  assert.equal(measured.getValueAtPercentile(99), 1000);
  const corrected = correctedForOmission(measured, 1000);
  const seconds = (percent: number): number => corrected.getValueAtPercentile(percent) / 1e6;
  assert.ok(Math.abs(seconds(95) - 1.7) < 0.01, `P95 ${seconds(95)} s`);
  assert.ok(Math.abs(seconds(99) - 1.94) < 0.01, `P99 ${seconds(99)} s`);
});

test('it adds what HdrHistogram adds, and nothing where all is steady', () => {
  const steady = histogramOf([900, 500], [1500, 20]);
  assert.equal(correctedForOmission(steady, 1000).totalCount, steady.totalCount);
  const measured = histogramOf([900, 500], [4321, 3], [77_777, 2], [3_000_000, 1]);
  const theirs = build({ autoResize: true });
  for (const [valueUs, count] of [
    [900, 500],
    [4321, 3],
    [77_777, 2],
    [3_000_000, 1],
  ] as const) {
    theirs.recordValueWithCount(valueUs, count);
    for (let left = valueUs - 1000; left >= 1000; left -= 1000) {
      theirs.recordValueWithCount(left, count);
    }
  }
  const ours = correctedForOmission(measured, 1000);
  assert.equal(ours.totalCount, theirs.totalCount);
  for (const percent of [10, 50, 90, 95, 99, 99.9]) {
    const [one, other] = [ours.getValueAtPercentile(percent), theirs.getValueAtPercentile(percent)];
    assert.ok(Math.abs(one / other - 1) < 0.002, `P${percent}: ${one} and ${other}`);
  }
});
