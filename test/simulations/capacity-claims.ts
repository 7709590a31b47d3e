import { type SearchLimits, searchRates } from '../../src/loadtest/series/capacity/search-rates.ts';
import { standardNormal } from '../../src/loadtest/statistics/detectable-change.ts';
import type { Random } from '../../src/loadtest/statistics/random.ts';
import { atLeast, type Claim } from './claim.ts';

const limits: SearchLimits = {
  startRate: 50,
  maxRate: 100_000,
  resolution: 0.05,
  stepsMax: 40,
  searchDurationMaxSecs: 1e6,
};

/** Searches a target whose capacity scatters from step to step. */
async function search(random: Random, scatter: number) {
  const truth = 100 * 100 ** random();
  const meets = (rate: number): boolean =>
    rate <= truth * Math.exp(scatter * standardNormal(random));
  const findings = await searchRates(limits, (rate) =>
    Promise.resolve(meets(rate) ? 'met' : 'not_met'),
  );
  return { truth, meets, findings };
}

/** What a search for the capacity finds where that scatters from step to step. */
export const capacityClaims: readonly Claim[] = [0.01, 0.03, 0.05].flatMap((scatter): Claim[] => [
  {
    what: `${100 * scatter} % from step to step: the bracket holds the capacity`,
    wanted: atLeast(0.9),
    rounds: 4_000,
    roundsInTest: 300,
    play: async (random) => {
      const { truth, findings } = await search(random, scatter);
      const { highestMet = Number.POSITIVE_INFINITY, lowestNotMet = 0 } = findings;
      return highestMet <= truth && truth <= lowestNotMet;
    },
  },
  {
    what: `${100 * scatter} % from step to step: the reported rate is met once more`,
    wanted: atLeast(0.8),
    rounds: 4_000,
    roundsInTest: 300,
    play: async (random) => {
      const { meets, findings } = await search(random, scatter);
      return meets(findings.highestMet ?? Number.POSITIVE_INFINITY);
    },
  },
]);
