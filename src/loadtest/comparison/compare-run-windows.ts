import { maxOf } from '../../core/index.ts';
import { stationaryBlockLength } from '../statistics/block-length.ts';
import { detectionPower } from '../statistics/detectable-change.ts';
import { createRandom } from '../statistics/random.ts';
import { drawStationary } from '../statistics/stationary-bootstrap.ts';
import { studentTQuantile } from '../statistics/student-t.ts';
import { pValueOf } from '../statistics/welch.ts';
import { type ComparedMetricName, comparedMetrics, toScale } from './compared-metrics.ts';
import type { Evidence } from './evidence.ts';
import type { RunScatter } from './run-scatter.ts';
import { percentileMs, type RunWindow } from './run-windows.ts';
import { createFigures } from './window-figures.ts';

/**
 * One run on a side: what its windows show. The windows of a run resemble their neighbours, so runs
 * are resampled in blocks (stationary bootstrap, block length by Politis and White), each
 * resample's figures are recomputed from the windows it drew, percentiles from their merged
 * histograms. The resamples' spread is the standard error, and t with as many degrees of freedom as
 * there are blocks to spare makes the interval (B. Efron and R. Tibshirani, An Introduction to the
 * Bootstrap, 1993, chapter 12): with 30 windows the resamples' own quantiles would be too narrow.
 *
 * No single run can show run-to-run variation: `scatter` is that variation, and its variance is
 * added (the run is the unit: T. Kalibera and R. Jones, Rigorous Benchmarking in Reasonable Time,
 * ISMM 2013).
 */
export function compareRunWindows(
  base: readonly (readonly RunWindow[])[],
  next: readonly (readonly RunWindow[])[],
  alphaOf: (metric: ComparedMetricName) => number,
  scatter: RunScatter,
): Map<ComparedMetricName, Evidence> {
  const sides = [resampleSide(base, 1), resampleSide(next, 2)] as const;
  const evidence = new Map<ComparedMetricName, Evidence>();
  for (const metric of comparedMetrics) {
    const [from, to] = sides.map(({ figures }) => figures.get(metric.name));
    if (from === undefined || to === undefined) continue;
    const estimate = toScale(metric, to.figure) - toScale(metric, from.figure);
    const within = Math.hypot(from.standardError, to.standardError);
    const between = scatter.deviationOf(metric.name) * Math.sqrt(1 / base.length + 1 / next.length);
    const standardError = Math.hypot(within, between);
    const df = combinedDegrees(
      { standardError: within, df: Math.max(1, sides[0].blocks + sides[1].blocks - 2) },
      { standardError: between, df: scatter.degreesOfFreedom },
    );
    const half = studentTQuantile(0.975, df) * standardError;
    evidence.set(metric.name, {
      base: from.figure,
      new: to.figure,
      estimate,
      low: estimate - half,
      high: estimate + half,
      pValue: pValueOf(estimate, standardError, df),
      detectable: detectableByT(standardError, df, alphaOf(metric.name)),
    });
  }
  return evidence;
}

/** Degrees of freedom of a sum of two variances (F. E. Satterthwaite, Biometrics Bulletin 2, 1946). */
function combinedDegrees(
  a: { readonly standardError: number; readonly df: number },
  b: { readonly standardError: number; readonly df: number },
): number {
  const [x, y] = [a.standardError ** 2, b.standardError ** 2];
  const uncertainty = x ** 2 / a.df + y ** 2 / b.df;
  return uncertainty === 0 ? a.df : (x + y) ** 2 / uncertainty;
}

/**
 * The smallest change that a t-test at `alpha` finds four times in five. A sixth is added, because
 * block lengths are themselves guessed from the series; in simulation it is then true.
 */
function detectableByT(standardError: number, df: number, alpha: number): number {
  const t = studentTQuantile(1 - alpha / 2, df) + studentTQuantile(detectionPower, df);
  return (7 / 6) * t * standardError;
}

/** Resamples a side; more change the interval by less than what is printed of it. */
const resamples = 1_000;

interface ResampledSide {
  readonly figures: ReadonlyMap<
    ComparedMetricName,
    { readonly figure: number; readonly standardError: number }
  >;
  /** Blocks that the windows are worth. */
  readonly blocks: number;
}

function resampleSide(runs: readonly (readonly RunWindow[])[], stream: number): ResampledSide {
  const windows = runs.flat();
  const figuresOf = createFigures(windows);
  const blockLengths = runs.map(blockLengthOf);
  const blocks = runs.reduce((sum, run, index) => sum + run.length / blockLengths[index]!, 0);
  const random = createRandom(1, stream);
  const seen = new Map<ComparedMetricName, number[]>();
  for (let round = 0; round < resamples; round += 1) {
    const drawn = runs.flatMap((run, index) => [
      ...drawStationary(run.length, blockLengths[index]!, random),
    ]);
    for (const [name, figure] of figuresOf(drawn)) {
      const values = seen.get(name);
      if (values === undefined) seen.set(name, [figure]);
      else values.push(figure);
    }
  }
  const figures = new Map<ComparedMetricName, { figure: number; standardError: number }>();
  for (const [name, figure] of figuresOf(windows.map(() => 1))) {
    const metric = comparedMetrics.find((one) => one.name === name)!;
    const scaled = (seen.get(name) ?? []).map((value) => toScale(metric, value));
    // A mean taken from the sample itself makes its spread too small, by one block.
    const standardError = deviation(scaled) * Math.sqrt(blocks / Math.max(1, blocks - 1));
    figures.set(name, { figure, standardError });
  }
  return { figures, blocks };
}

/**
 * Three times the longest block that one of the primary metrics asks for. Politis' and White's choice
 * makes the variance's mean square error least, at the price of a variance that is too small; for an
 * interval that is the dear side. In simulation (compare-run-windows.test.ts) the plain choice covers
 * 79 % of differences between series of 30 windows with autocorrelation 0.5, the triple one 90 %, and
 * without autocorrelation it widens the interval by a tenth.
 */
function blockLengthOf(run: readonly RunWindow[]): number {
  const full = run.filter(({ sendingMs }) => sendingMs > 0);
  const series = [
    full.map(({ sendingSuccessful, sendingMs }) => sendingSuccessful / sendingMs),
    ...[0.5, 0.95, 0.99].map((share) =>
      full.flatMap(({ latencies }) => {
        const entries = [...latencies].sort(([a], [b]) => a - b);
        const figure = percentileMs(
          entries.map(([bucket]) => bucket),
          entries.map(([, count]) => count),
          share,
        );
        return figure === undefined ? [] : [Math.log(Math.max(figure, 1e-9))];
      }),
    ),
  ];
  const longest = 3 * maxOf(series.map((values) => stationaryBlockLength(values)));
  return Math.max(1, Math.min(longest, run.length / 3));
}

function deviation(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const middle = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - middle) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1));
}
