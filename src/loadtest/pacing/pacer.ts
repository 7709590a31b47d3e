import type { RateStage } from '../config/config.ts';

/**
 * When operations are due: pure functions of the stages, never of what came back. Within a stage the
 * rate runs evenly from `fromRate` to `toRate`, so the number of operations due by a time is a
 * parabola, and an operation's instant is where it crosses the operation's number.
 */
export interface Pacer {
  /** Operations due over all stages. */
  readonly total: number;
  /** The same before it is rounded up: the area under the rates. */
  readonly area: number;
  /**
   * When the n-th operation (from 0) is due, in ms from the start; Infinity past the last. A fraction
   * is an instant between two.
   */
  dueMs(index: number): number;
}

export function createPacer(stages: readonly RateStage[]): Pacer {
  const parts: Part[] = [];
  let startSecs = 0;
  let before = 0;
  for (const stage of stages) {
    const { durationSecs, fromRate, toRate } = stage;
    const operations = ((fromRate + toRate) / 2) * durationSecs;
    parts.push({ stage, startSecs, before, until: before + operations });
    startSecs += durationSecs;
    before += operations;
  }
  // Sums such as 10 x 0.1 end slightly off a whole number.
  const total = Math.ceil(before - 1e-6);
  return {
    total,
    area: before,
    dueMs: (index) => {
      if (index >= total) return Number.POSITIVE_INFINITY;
      const part = parts.find(({ until }) => index < until) ?? parts[parts.length - 1]!;
      return (part.startSecs + secsInto(part.stage, index - part.before)) * 1000;
    },
  };
}

interface Part {
  readonly stage: RateStage;
  readonly startSecs: number;
  /** Operations due in the stages before, and with this one. Not whole numbers. */
  readonly before: number;
  readonly until: number;
}

/** Solves fromRate t + (toRate - fromRate) t^2 / 2d = operations for t, in the form that loses no digits. */
function secsInto({ durationSecs, fromRate, toRate }: RateStage, operations: number): number {
  if (operations <= 0) return 0;
  const slope = (toRate - fromRate) / durationSecs;
  const root = Math.sqrt(Math.max(0, fromRate * fromRate + 2 * slope * operations));
  return Math.min(durationSecs, (2 * operations) / (fromRate + root));
}
