import { levelRise } from '../statistics/level-rise.ts';
import { median } from '../statistics/median.ts';
import { trendOf } from '../statistics/trend.ts';

export const riseShapes = ['none', 'trend', 'step'] as const;

/** What a rise looks like: `none` where chance explains what there is of one. */
export type RiseShape = (typeof riseShapes)[number];

/** How a series of windows rises. */
export interface Rise {
  readonly shape: RiseShape;
  /**
   * For a step, the difference of the medians after and before it; otherwise Theil-Sen's over the
   * series.
   */
  readonly change: number;
  /** The first window at the higher level; `undefined` for other shapes. */
  readonly stepIndex: number | undefined;
  /** One-sided p of no such rise; the smaller of both tests' where the shape is `none`. */
  readonly pValue: number;
}

/** One-sided. Both tests of two figures together alarm falsely in 5 % of runs at most (docs/method.md). */
const trendAlpha = 0.004;
const stepAlpha = 0.0075;

/**
 * A steady rise is found by the trend test, a sudden or a late one by the step test; each sees little
 * of what the other sees. Where both do, the larger change is the answer.
 * @param values above 0.
 * @returns `undefined` below 12 values.
 */
export function riseOf(values: readonly number[]): Rise | undefined {
  const trend = trendOf(values);
  // Steps are ratios: the scatter of a latency grows with it.
  const step = levelRise(values.map((value) => Math.log(Math.max(value, Number.MIN_VALUE))));
  if (trend === undefined || step === undefined) return undefined;
  const slope: Rise = {
    shape: 'trend',
    change: trend.slopePerStep * (values.length - 1),
    stepIndex: undefined,
    pValue: trend.slopePerStep > 0 ? trend.pValue / 2 : 1 - trend.pValue / 2,
  };
  const jump: Rise = {
    shape: 'step',
    change: median(values.slice(step.index)) - median(values.slice(0, step.index)),
    stepIndex: step.index,
    pValue: step.pValue,
  };
  const found = [
    ...(slope.pValue < trendAlpha ? [slope] : []),
    ...(jump.pValue < stepAlpha && jump.change > 0 ? [jump] : []),
  ].sort((a, b) => b.change - a.change);
  return found[0] ?? { ...slope, shape: 'none', pValue: Math.min(slope.pValue, jump.pValue) };
}
