import assert from 'node:assert/strict';
import test from 'node:test';
import { designEffect, quantileInterval } from './quantile-interval.ts';

function near(value: number | undefined, expected: number, tolerance: number): void {
  assert.ok(value !== undefined && Math.abs(value - expected) <= tolerance, `${value}`);
}

test('the ranks are those of the binomial distribution', () => {
  // 100 values, the median: ranks 40 and 61 (David and Nagaraja, 7.1).
  const median = quantileInterval(100, 0.5);
  near(median.low, 0.4, 0.011);
  near(median.high, 0.61, 0.011);
  const many = quantileInterval(1e6, 0.95);
  near(many.low, 0.95 - 1.96 * Math.sqrt((0.95 * 0.05) / 1e6), 2e-5);
  near(many.high, 0.95 + 1.96 * Math.sqrt((0.95 * 0.05) / 1e6), 2e-5);
});

test('a small sample has no value that surely lies beyond a high quantile', () => {
  assert.equal(quantileInterval(50, 0.95).high, undefined);
  assert.equal(quantileInterval(1000, 0.999).high, undefined);
  assert.equal(quantileInterval(5, 0.5).low, undefined);
  assert.notEqual(quantileInterval(1000, 0.99).high, undefined);
  assert.deepEqual(quantileInterval(0, 0.5), { low: undefined, high: undefined });
});

test('values that are slow together are worth fewer', () => {
  const even = Array.from({ length: 30 }, () => ({ beyond: 5, all: 100 }));
  assert.equal(designEffect(even), 1);
  const together = even.map((part, index) => ({ ...part, beyond: index % 10 === 0 ? 50 : 0 }));
  assert.ok(designEffect(together) > 40);
  assert.equal(designEffect(together.slice(0, 9)), 1);
});
