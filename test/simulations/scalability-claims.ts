import { standardNormal } from '../../src/loadtest/statistics/detectable-change.ts';
import type { Random } from '../../src/loadtest/statistics/random.ts';
import {
  expectedThroughput,
  fitScalabilityLaw,
  type ScalabilityLaw,
} from '../../src/loadtest/statistics/scalability-law.ts';
import { atLeast, atMost, type Claim, type Wanted } from './claim.ts';

const noise = 0.05;
const wide = [1, 2, 5, 10, 20, 50, 100, 200];
const narrow = [1, 2, 5, 10, 20];

function fit(
  random: Random,
  clients: readonly number[],
  throughput: (clients: number) => number,
): ScalabilityLaw | undefined {
  return fitScalabilityLaw(
    clients.map((n) => ({
      clients: n,
      opsPerSec: throughput(n) * Math.exp(noise * standardNormal(random)),
    })),
  );
}

const amdahl = (n: number): number => expectedThroughput({ gamma: 100, sigma: 0.05, kappa: 0 }, n);
/** Its peak lies at 30.8 clients. */
const peaked = (n: number): number =>
  expectedThroughput({ gamma: 100, sigma: 0.05, kappa: 0.001 }, n);
const queue = (n: number): number => 100 * Math.min(n, 8);

const claim = (what: string, wanted: Wanted, play: Claim['play']): Claim => ({
  what,
  wanted,
  rounds: 1_000,
  roundsInTest: 100,
  play,
});

function noPeak(
  what: string,
  clients: readonly number[],
  throughput: (n: number) => number,
): Claim {
  return claim(`${what}: a peak is shown`, atMost(0.05), (random) => {
    return fit(random, clients, throughput)?.peakClients !== undefined;
  });
}

/** What the scalability law shows of throughput that scatters by 5 %. */
export const scalabilityClaims: readonly Claim[] = [
  noPeak('levels off (Amdahl), 1 to 200 clients', wide, amdahl),
  noPeak('levels off (Amdahl), 1 to 20 clients', narrow, amdahl),
  noPeak('linear, 1 to 20 clients', narrow, (n) => 100 * n),
  noPeak('linear to 8, then flat, 1 to 200 clients', wide, queue),
  claim('peak at 31 of 1 to 200 clients: a peak is shown', atLeast(0.8), (random) => {
    return fit(random, wide, peaked)?.peakClients !== undefined;
  }),
  claim('peak at 31 of 1 to 200 clients: the 95 % interval holds it', atLeast(0.9), (random) => {
    const [low, high] = fit(random, wide, peaked)?.intervals.peakClients ?? [0, 0];
    return low <= Math.sqrt(0.95 / 0.001) && Math.sqrt(0.95 / 0.001) <= high;
  }),
];
