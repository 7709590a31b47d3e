/**
 * What the data say about one metric's change from base to new. `estimate`, `low`, `high` and
 * `detectable` are on the metric's scale (`toScale`), where changes add up.
 */
export interface Evidence {
  /** The figures shown for each side, in the metric's own unit. */
  readonly base: number;
  readonly new: number;
  readonly estimate: number;
  /** 95 % confidence interval. */
  readonly low: number;
  readonly high: number;
  /** Two-sided, of no change, before the correction for several metrics. */
  readonly pValue: number;
  /** The smallest change that such data show four times in five. */
  readonly detectable: number;
}

/** How the evidence was found; that depends on the number of runs per side, and on whether they were made in turn. */
export type ComparisonMethod =
  /** Six pairs or more of runs made in turn: paired t-test over the runs' figures. */
  | 'paired-t'
  /** Six runs per side or more: exact Mann-Whitney over the runs' figures. */
  | 'mann-whitney'
  /** Two to five: Welch's t-test over the runs' figures. */
  | 'welch'
  /** One run on a side: stationary bootstrap over the runs' windows, and a scatter between runs from elsewhere. */
  | 'windows';

/** Chance of any false alarm among the metrics of a family. */
export const familyAlpha = 0.05;
