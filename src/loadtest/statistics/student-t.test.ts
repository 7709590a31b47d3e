import assert from 'node:assert/strict';
import { test } from 'node:test';
import { studentTCdf, studentTQuantile, studentTTwoSidedP } from './student-t.ts';

const near = (actual: number, expected: number, relative: number): void =>
  assert.ok(
    Math.abs(actual - expected) <= relative * Math.abs(expected),
    `${actual} is not ${expected}`,
  );

// scipy.stats.t.cdf, 1.17.1.
const cdfs = [
  [2, 5, 0.9490302605850708],
  [-1.3, 2.7, 0.14672632185192266],
  [12.7062, 1, 0.9749999907196448],
  [0.5, 100, 0.6909132170845567],
  [6, 3, 0.9953636425538577],
  [0, 4, 0.5],
] as const;
for (const [t, df, expected] of cdfs) {
  test(`P(T <= ${t}) with ${df} degrees of freedom is scipy's`, () =>
    near(studentTCdf(t, df), expected, 1e-11));
}

// The table printed in every textbook, and two of scipy.stats.t.ppf.
const quantiles = [
  [0.975, 1, 12.706],
  [0.975, 10, 2.228],
  [0.95, 5, 2.015],
  [0.995, 30, 2.75],
  [0.99375, 4.5, 4.022947062137241],
  [0.025, 3, -3.182446305284],
  [0.9995, 1.2, 226.537567245918],
] as const;
for (const [probability, df, expected] of quantiles) {
  test(`the ${probability} quantile with ${df} degrees of freedom is the table's`, () =>
    near(studentTQuantile(probability, df), expected, 2e-4));
}

test('with infinitely many degrees of freedom it is the normal distribution', () => {
  near(studentTTwoSidedP(1.959964, Number.POSITIVE_INFINITY), 0.05, 1e-4);
  near(studentTTwoSidedP(2.5, Number.POSITIVE_INFINITY), 0.012419330651552265, 1e-4);
});
