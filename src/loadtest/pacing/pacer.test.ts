import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RateStage } from '../config/config.ts';
import { createPacer } from './pacer.ts';

const constant = (rate: number, durationSecs: number): RateStage => ({
  durationSecs,
  fromRate: rate,
  toRate: rate,
});

const cases: readonly {
  name: string;
  stages: readonly RateStage[];
  total: number;
  due: readonly (readonly [index: number, dueMs: number])[];
}[] = [
  {
    name: 'constant: evenly from zero',
    stages: [constant(10, 2)],
    total: 20,
    due: [
      [0, 0],
      [1, 100],
      [10, 1000],
      [19, 1900],
      [20, Number.POSITIVE_INFINITY],
    ],
  },
  {
    name: 'a fraction of an operation per second',
    stages: [constant(0.5, 10)],
    total: 5,
    due: [[4, 8000]],
  },
  {
    name: 'sums a hair off whole numbers',
    stages: Array(10).fill(constant(1, 0.1)),
    total: 1,
    due: [[0, 0]],
  },
  {
    name: 'a ramp from zero: the n-th operation is due where t^2 reaches n',
    stages: [{ durationSecs: 10, fromRate: 0, toRate: 20 }],
    total: 100,
    due: [
      [0, 0],
      [1, 1000],
      [25, 5000],
      [81, 9000],
    ],
  },
  {
    name: 'a ramp down mirrors the ramp up',
    stages: [{ durationSecs: 10, fromRate: 20, toRate: 0 }],
    total: 100,
    due: [
      [0, 0],
      [19, 1000],
      [75, 5000],
      [99, 9000],
    ],
  },
  {
    name: 'steps follow one another without a gap',
    stages: [constant(1, 3), constant(10, 1)],
    total: 13,
    due: [
      [2, 2000],
      [3, 3000],
      [4, 3100],
      [12, 3900],
    ],
  },
  {
    name: 'a stage that sends nothing is a pause',
    stages: [constant(1, 2), constant(0, 5), constant(1, 2)],
    total: 4,
    due: [
      [1, 1000],
      [2, 7000],
      [3, 8000],
    ],
  },
  {
    name: 'the part of an operation that a stage leaves over falls due in the next',
    stages: [constant(1, 1.5), constant(2, 1)],
    total: 4,
    due: [
      [1, 1000],
      [2, 1750],
      [3, 2250],
    ],
  },
];
for (const { name, stages, total, due } of cases) {
  test(name, () => {
    const pacer = createPacer(stages);
    assert.equal(pacer.total, total);
    for (const [index, dueMs] of due) {
      if (dueMs === Number.POSITIVE_INFINITY) assert.equal(pacer.dueMs(index), dueMs);
      else
        assert.ok(Math.abs(pacer.dueMs(index) - dueMs) < 1e-6, `${index}: ${pacer.dueMs(index)}`);
    }
  });
}

test('instants never go back, over a long schedule of all kinds', () => {
  const pacer = createPacer([
    { durationSecs: 60, fromRate: 0, toRate: 1000 },
    constant(1000, 60),
    { durationSecs: 30, fromRate: 1000, toRate: 1 },
  ]);
  assert.equal(pacer.total, 30_000 + 60_000 + 15_015);
  let last = 0;
  for (let index = 0; index < pacer.total; index += 1) {
    const dueMs = pacer.dueMs(index);
    assert.ok(dueMs >= last && dueMs < 150_000, `${index}: ${dueMs}`);
    last = dueMs;
  }
});
