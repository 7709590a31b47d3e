import { createRandom, type Random } from '../../src/loadtest/statistics/random.ts';

/** A share that the statistics of the load test keep, and the simulation that shows it. */
export interface Claim {
  /** A row of docs/method.md. */
  readonly what: string;
  readonly wanted: Wanted;
  /** Rounds of the full simulation; `npm test` plays a part of them. */
  readonly rounds: number;
  /** Rounds in `npm test`. */
  readonly roundsInTest: number;
  /** Plays one round; answers whether what the share counts took place. */
  readonly play: (random: Random) => boolean | Promise<boolean>;
}

export interface Wanted {
  readonly compare: 'at most' | 'at least';
  /** 0 to 1. */
  readonly share: number;
}

/** The result of a simulation. */
export interface Outcome {
  readonly claim: Claim;
  readonly rounds: number;
  readonly count: number;
}

export const atMost = (share: number): Wanted => ({ compare: 'at most', share });
export const atLeast = (share: number): Wanted => ({ compare: 'at least', share });

/** Plays a claim with a seed of its own, so that a figure does not depend on the claims before it. */
export async function simulate(claim: Claim, rounds: number): Promise<Outcome> {
  const random = createRandom(20_261, hash(claim.what));
  let count = 0;
  for (let round = 0; round < rounds; round += 1) {
    if (await claim.play(random)) count += 1;
  }
  return { claim, rounds, count };
}

/**
 * Whether the counted share meets the requirement. `errors` forgives so many standard errors of a
 * binomial share: a few rounds often miss a share that is exactly at its limit.
 */
export function agrees({ claim: { wanted }, rounds, count }: Outcome, errors = 0): boolean {
  const { share, compare } = wanted;
  const slack = errors * Math.sqrt((share * (1 - share)) / rounds);
  const found = count / rounds;
  return compare === 'at most' ? found <= share + slack : found >= share - slack;
}

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const char of text) value = Math.imul(value ^ char.charCodeAt(0), 0x01000193);
  return value >>> 0;
}
