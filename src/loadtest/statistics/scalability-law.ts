import { maxOf } from '../../core/index.ts';
import { leastSquares } from './least-squares.ts';
import {
  peakOf,
  type ScalabilityIntervals,
  scalabilityIntervals,
} from './scalability-intervals.ts';

/**
 * Gunther's Universal Scalability Law: throughput of N clients
 * X(N) = γN / (1 + σ(N-1) + κN(N-1)), where γ is one client's throughput, σ what they queue for and
 * κ what they spend on each other. (N. J. Gunther, Guerrilla Capacity Planning, 2007, chapter 4.)
 */
export interface ScalabilityLaw {
  /** Throughput of one client, operations per second. */
  readonly gamma: number;
  /** Contention, at least 0. */
  readonly sigma: number;
  /** Coherency, at least 0. */
  readonly kappa: number;
  /** Share of the variance of throughput that the fit explains. */
  readonly rSquared: number;
  /** Clients at which throughput is highest; `undefined` where the points don't show one. */
  readonly peakClients: number | undefined;
  /** Clients from which twice as many bring less than half as much again; `undefined` up to twice the most that were run. */
  readonly kneeClients: number | undefined;
  /** 95 % intervals of the coefficients and of the peak. */
  readonly intervals: ScalabilityIntervals;
}

export interface ScalabilityPoint {
  readonly clients: number;
  readonly opsPerSec: number;
}

/** A fit needs as many numbers of clients; fewer can be met by any curve. */
export const scalabilityPointsMin = 5;
/** A fit that explains less is not drawn. */
export const rSquaredMin = 0.8;

/**
 * Fits the law by least squares on N/X, which is linear in 1/γ, σ/γ and κ/γ; each point weighted so
 * that relative errors count. Coefficients that come out negative are held at 0.
 * @param rSquaredLeast what the fit must explain to be answered.
 * @returns `undefined` with too few points, or where the law does not describe them.
 */
export function fitScalabilityLaw(
  points: readonly ScalabilityPoint[],
  rSquaredLeast: number = rSquaredMin,
): ScalabilityLaw | undefined {
  const usable = points.filter(({ clients, opsPerSec }) => clients > 0 && opsPerSec > 0);
  if (new Set(usable.map(({ clients }) => clients)).size < scalabilityPointsMin) return undefined;
  const candidates = [
    [true, true],
    [true, false],
    [false, true],
    [false, false],
  ] as const;
  let best: FittedLaw | undefined;
  for (const [withSigma, withKappa] of candidates) {
    const law = fitWith(usable, withSigma, withKappa);
    if (law !== undefined && (best === undefined || law.rSquared > best.rSquared)) best = law;
  }
  if (best === undefined || best.rSquared < rSquaredLeast) return undefined;
  const intervals = scalabilityIntervals(usable);
  return { ...best, ...landmarks(best, usable, intervals), intervals };
}

/** Throughput that a fitted law predicts for a number of clients. */
export function expectedThroughput(
  { gamma, sigma, kappa }: Pick<ScalabilityLaw, 'gamma' | 'sigma' | 'kappa'>,
  clients: number,
): number {
  return (gamma * clients) / (1 + sigma * (clients - 1) + kappa * clients * (clients - 1));
}

function fitWith(
  points: readonly ScalabilityPoint[],
  withSigma: boolean,
  withKappa: boolean,
): FittedLaw | undefined {
  const rows = points.map(({ clients: n, opsPerSec }) => {
    const weight = opsPerSec / n;
    const terms = [1, ...(withSigma ? [n - 1] : []), ...(withKappa ? [n * (n - 1)] : [])];
    return { terms: terms.map((term) => term * weight), value: 1 };
  });
  const solution = leastSquares(rows);
  const inverse = solution?.[0];
  if (solution === undefined || inverse === undefined || inverse <= 0) return undefined;
  const sigma = withSigma ? (solution[1] as number) / inverse : 0;
  const kappa = withKappa ? (solution.at(-1) as number) / inverse : 0;
  if (sigma < 0 || kappa < 0) return undefined;
  const law = { gamma: 1 / inverse, sigma, kappa };
  return { ...law, rSquared: rSquared(points, law) };
}

type Coefficients = Pick<ScalabilityLaw, 'gamma' | 'sigma' | 'kappa'>;
type FittedLaw = Coefficients & Pick<ScalabilityLaw, 'rSquared'>;

/** A landmark this many times beyond the most clients that were run is not looked for. */
const beyondRunMax = 2;

/**
 * A peak needs both: that the interval of kappa leaves 0 out, and that throughput was seen to fall. A
 * queue that is full levels off more sharply than any law without kappa, and the fit would make a
 * peak of that.
 */
function landmarks(
  law: Coefficients,
  points: readonly ScalabilityPoint[],
  intervals: ScalabilityIntervals,
): Pick<ScalabilityLaw, 'peakClients' | 'kneeClients'> {
  const { sigma, kappa } = law;
  const isPeak = kappa > 0 && intervals.kappa[0] > 0 && falls(points, intervals.noise);
  const most = beyondRunMax * maxOf(points.map(({ clients }) => clients));
  const gain = (n: number): number => expectedThroughput(law, 2 * n) / expectedThroughput(law, n);
  let kneeClients = 1;
  while (kneeClients <= most && gain(kneeClients) > 1.5) kneeClients += 1;
  return {
    peakClients: isPeak ? peakOf(sigma, kappa) : undefined,
    kneeClients: kneeClients > most ? undefined : kneeClients,
  };
}

/** Whether the most clients reached less than fewer did, by more than noise. */
function falls(points: readonly ScalabilityPoint[], noise: number): boolean {
  const last = points.reduce((a, b) => (b.clients > a.clients ? b : a));
  const best = maxOf(points.map(({ opsPerSec }) => opsPerSec));
  return last.opsPerSec < best * (1 - 3 * noise);
}

function rSquared(
  points: readonly ScalabilityPoint[],
  law: Pick<ScalabilityLaw, 'gamma' | 'sigma' | 'kappa'>,
): number {
  const mean = points.reduce((sum, { opsPerSec }) => sum + opsPerSec, 0) / points.length;
  let residual = 0;
  let total = 0;
  for (const { clients, opsPerSec } of points) {
    residual += (opsPerSec - expectedThroughput(law, clients)) ** 2;
    total += (opsPerSec - mean) ** 2;
  }
  return total === 0 ? 1 : 1 - residual / total;
}
