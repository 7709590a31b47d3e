import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PartLatencies, StageParts, sizePartOf } from './part-latencies.ts';
import { toHistogram } from './to-histogram.ts';

const sizes: readonly [sizeBytes: number, part: string][] = [
  [0, 'size_0'],
  [127, 'size_0'],
  [128, 'size_128'],
  [65_535, 'size_8192'],
  [65_536, 'size_65536'],
  [5e9, 'size_33554432'],
];
for (const [sizeBytes, part] of sizes) {
  test(`${sizeBytes} bytes are in ${part}`, () => assert.equal(sizePartOf(sizeBytes), part));
}

test('parts are counted by themselves, and merged without loss', () => {
  const [one, other, all] = [new PartLatencies(), new PartLatencies(), new PartLatencies()];
  one.record('connect', 500);
  one.record('size_0', 2000);
  other.record('size_0', 1500);
  all.addAll(one.take());
  all.addAll(other.take());
  assert.deepEqual(one.take(), {});
  const { connect, size_0: small, ...more } = all.take();
  assert.deepEqual(more, {});
  assert.equal(toHistogram(connect!).totalCount, 1);
  assert.deepEqual([toHistogram(small!).totalCount, toHistogram(small!).maxValue], [2, 2000]);
});

test('an operation belongs to the stage that it is due in, and a late one to the last', () => {
  const stages = new StageParts([1000, 3000]);
  assert.equal(stages.at(0)?.response, 'stage_0_response');
  assert.equal(stages.at(999)?.service, 'stage_0_service');
  assert.equal(stages.at(1000)?.response, 'stage_1_response');
  assert.equal(stages.at(9999)?.response, 'stage_1_response');
  assert.equal(new StageParts([]).at(5), undefined);
});
