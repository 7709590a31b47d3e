import { studentTQuantile, studentTTwoSidedP } from './student-t.ts';

/** A difference of means, to - from, with its interval and test. */
export interface WelchTest {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
  readonly pValue: number;
  readonly standardError: number;
  readonly degreesOfFreedom: number;
}

/**
 * Welch's t-test and interval for the difference of two means of unequal variance (B. L. Welch,
 * Biometrika 34, 1947, with the Welch-Satterthwaite degrees of freedom). Each sample needs two values.
 * @param deviationLeast no sample is taken to scatter less.
 * @throws RangeError for fewer.
 */
export function welch(
  from: readonly number[],
  to: readonly number[],
  level = 0.95,
  deviationLeast = 0,
): WelchTest {
  if (from.length < 2 || to.length < 2) throw new RangeError('each sample needs two values');
  const errorOf = (sample: readonly number[]): number =>
    Math.max(variance(sample), deviationLeast ** 2) / sample.length;
  const [a, b] = [errorOf(from), errorOf(to)];
  const estimate = mean(to) - mean(from);
  const standardError = Math.sqrt(a + b);
  const degreesOfFreedom =
    a + b === 0
      ? from.length + to.length - 2
      : (a + b) ** 2 / (a ** 2 / (from.length - 1) + b ** 2 / (to.length - 1));
  return testOf(estimate, standardError, degreesOfFreedom, level);
}

/**
 * The paired t-test and interval for differences that were measured side by side (Student, Biometrika
 * 6, 1908): what moves both runs of a pair is in neither. Two differences or more.
 * @param deviationLeast the differences are not taken to scatter less.
 */
export function pairedT(
  differences: readonly number[],
  level = 0.95,
  deviationLeast = 0,
): WelchTest {
  if (differences.length < 2) throw new RangeError('a paired test needs two differences');
  const estimate = mean(differences);
  const degreesOfFreedom = differences.length - 1;
  const spread = Math.max(variance(differences), deviationLeast ** 2);
  const standardError = Math.sqrt(spread / differences.length);
  return testOf(estimate, standardError, degreesOfFreedom, level);
}

/** The test and the interval that an estimate with its standard error gives by Student's t. */
function testOf(
  estimate: number,
  standardError: number,
  degreesOfFreedom: number,
  level: number,
): WelchTest {
  const half = studentTQuantile((1 + level) / 2, degreesOfFreedom) * standardError;
  return {
    estimate,
    low: estimate - half,
    high: estimate + half,
    pValue: pValueOf(estimate, standardError, degreesOfFreedom),
    standardError,
    degreesOfFreedom,
  };
}

/** Two-sided p of an estimate with its standard error; without any spread, 1 for no difference, else 0. */
export function pValueOf(estimate: number, standardError: number, df: number): number {
  if (standardError === 0) return estimate === 0 ? 1 : 0;
  return studentTTwoSidedP(estimate / standardError, df);
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The unbiased one, of two values or more. */
export function variance(values: readonly number[]): number {
  const middle = mean(values);
  return values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1);
}
