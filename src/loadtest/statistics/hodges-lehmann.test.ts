import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hodgesLehmann } from './hodges-lehmann.ts';
import { mannWhitney } from './mann-whitney.ts';
import { createRandom } from './random.ts';

const near = (actual: number, expected: number): void =>
  assert.ok(Math.abs(actual - expected) < 1e-9, `${actual} is not ${expected}`);

test("it is R's wilcox.test(conf.int = TRUE) on Hollander and Wolfe's permeability", () => {
  const shift = hodgesLehmann(
    [1.15, 0.88, 0.9, 0.74, 1.21],
    [0.8, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46],
  );
  near(shift.estimate, 0.305);
  near(shift.low, -0.15);
  near(shift.high, 0.76);
});

test('a sample moved by 3 lies 3 higher', () => {
  const sample = [1, 4, 6, 9, 11, 30];
  near(
    hodgesLehmann(
      sample,
      sample.map((value) => value + 3),
    ).estimate,
    3,
  );
});

test('the interval leaves 0 out exactly where the test says that there is a difference', () => {
  const random = createRandom(3, 0);
  let found = 0;
  for (let round = 0; round < 300; round += 1) {
    const a = Array.from({ length: 6 }, () => random());
    const b = Array.from({ length: 6 }, () => random() + 0.35);
    const { low, high } = hodgesLehmann(a, b);
    const differs = mannWhitney(a, b).pValue <= 0.05;
    assert.equal(low > 0 || high < 0, differs);
    if (differs) found += 1;
  }
  assert.ok(found > 20 && found < 280, `${found} of 300 found`);
});
