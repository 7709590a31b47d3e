import { detectableShift, detectionPower } from '../statistics/detectable-change.ts';
import { hodgesLehmann } from '../statistics/hodges-lehmann.ts';
import { mannWhitney } from '../statistics/mann-whitney.ts';
import { median } from '../statistics/median.ts';
import { studentTQuantile } from '../statistics/student-t.ts';
import { mean, pairedT, welch } from '../statistics/welch.ts';
import { type ComparedMetric, toScale } from './compared-metrics.ts';
import type { Evidence } from './evidence.ts';
import { deviationFloor } from './run-scatter.ts';

/**
 * Six runs per side or more: nothing is assumed of how figures scatter from run to run. Shown are
 * the medians of the runs; the change is the Hodges-Lehmann one, whose interval inverts the test.
 */
export function compareByMannWhitney(
  metric: ComparedMetric,
  base: readonly number[],
  next: readonly number[],
  alpha: number,
): Evidence {
  const [from, to] = onScale(metric, base, next);
  const shift = hodgesLehmann(from, to);
  return {
    base: median(base),
    new: median(next),
    ...shift,
    pValue: mannWhitney(from, to).pValue,
    detectable: detectableShift('mann-whitney', from, to, alpha),
  };
}

/**
 * Two to five runs per side: too few for a rank test to reach significance, so figures are assumed to
 * scatter normally on the metric's scale, and the t distribution allows for the poor estimate of that
 * scatter. Shown are the means on that scale (the geometric mean, where a change is a ratio).
 */
export function compareByWelch(
  metric: ComparedMetric,
  base: readonly number[],
  next: readonly number[],
  alpha: number,
): Evidence {
  const [from, to] = onScale(metric, base, next);
  const test = welch(from, to, 0.95, deviationFloor(metric));
  const back = (value: number): number => (metric.measure === 'points' ? value : Math.exp(value));
  return {
    base: back(mean(from)),
    new: back(mean(to)),
    estimate: test.estimate,
    low: test.low,
    high: test.high,
    pValue: test.pValue,
    detectable: detectableShift('welch', from, to, alpha),
  };
}

/**
 * Six pairs or more of runs made in turn: the t-test over the differences within pairs, on the
 * metric's scale. A slow hour of the machine is in both runs of a pair, and so in no difference.
 * @param base the n-th belongs to the n-th of `next`.
 */
export function compareByPairs(
  metric: ComparedMetric,
  base: readonly number[],
  next: readonly number[],
  alpha: number,
): Evidence {
  const differences = next.map(
    (figure, index) => toScale(metric, figure) - toScale(metric, base[index]!),
  );
  const test = pairedT(differences, 0.95, deviationFloor(metric));
  const { estimate, low, high, pValue, standardError, degreesOfFreedom: df } = test;
  const t = studentTQuantile(1 - alpha / 2, df) + studentTQuantile(detectionPower, df);
  return {
    base: median(base),
    new: median(next),
    estimate,
    low,
    high,
    pValue,
    detectable: t * standardError,
  };
}

function onScale(
  metric: ComparedMetric,
  base: readonly number[],
  next: readonly number[],
): readonly [base: number[], next: number[]] {
  return [
    base.map((figure) => toScale(metric, figure)),
    next.map((figure) => toScale(metric, figure)),
  ];
}
