import { standardNormal } from './detectable-change.ts';
import { leastSquares } from './least-squares.ts';
import { createRandom, type Random } from './random.ts';

export type Interval = readonly [low: number, high: number];

/** What the points leave possible of a scalability law. */
export interface ScalabilityIntervals {
  readonly sigma: Interval;
  /** Reaches below 0 where the points show no coherency. */
  readonly kappa: Interval;
  /** `undefined` where a law without a peak is possible too. */
  readonly peakClients: Interval | undefined;
  /** Scatter of throughput around the law, as a share; no less than {@link noiseLeast}. */
  readonly noise: number;
}

/** No throughput is taken to be known better: five points can lie on a curve by chance. */
export const noiseLeast = 0.02;
const rounds = 1_000;

/**
 * 95 % intervals by a parametric bootstrap (B. Efron and R. Tibshirani, An Introduction to the
 * Bootstrap, 1993, chapter 6): new points are drawn around the unconstrained fit, with errors that
 * follow Student's t of as many degrees of freedom as the fit leaves, and fitted again. Seeded.
 * @param points five numbers of clients or more, all figures above 0.
 */
export function scalabilityIntervals(
  points: readonly { readonly clients: number; readonly opsPerSec: number }[],
): ScalabilityIntervals {
  const rows = points.map(({ clients: n, opsPerSec }) => {
    const weight = opsPerSec / n;
    return { terms: [weight, weight * (n - 1), weight * n * (n - 1)], value: 1 };
  });
  const fit = leastSquares(rows);
  const df = Math.max(1, points.length - 3);
  const residuals = rows.map(
    ({ terms, value }) => value - terms.reduce((sum, term, at) => sum + term * (fit?.[at] ?? 0), 0),
  );
  const squares = residuals.reduce((sum, residual) => sum + residual ** 2, 0);
  const noise = Math.max(noiseLeast, Math.sqrt(squares / df));
  const random = createRandom(1, points.length);
  const draws = Array.from({ length: rounds }, () => {
    const scale = noise / Math.sqrt(meanSquare(random, df));
    const made = rows.map((row) => ({ ...row, value: 1 + scale * standardNormal(random) }));
    const [inverse = 1, contention = 0, coherency = 0] = leastSquares(made) ?? [];
    return { sigma: contention / inverse, kappa: coherency / inverse };
  });
  const kappa = intervalOf(draws.map((draw) => draw.kappa));
  const peaks = draws.map((draw) => peakOf(draw.sigma, draw.kappa));
  return {
    sigma: intervalOf(draws.map((draw) => draw.sigma)),
    kappa,
    peakClients: kappa[0] > 0 ? intervalOf(peaks) : undefined,
    noise,
  };
}

/** Where the law has its peak: where adding a client stops helping, one client at least. */
export function peakOf(sigma: number, kappa: number): number {
  if (kappa <= 0) return Number.POSITIVE_INFINITY;
  return Math.max(1, Math.sqrt(Math.max(0, 1 - sigma) / kappa));
}

/** Chi-squared of `df` degrees of freedom, divided by them. */
function meanSquare(random: Random, df: number): number {
  let sum = 0;
  for (let at = 0; at < df; at += 1) sum += standardNormal(random) ** 2;
  return sum / df;
}

function intervalOf(values: readonly number[]): Interval {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))]!;
  return [at(0.025), at(0.975)];
}
