import type { CapacityOutcome, CapacityStop } from '../../result/model/capacity.ts';

/** What came of holding a rate once. */
export type HoldVerdict =
  | 'met'
  | 'not_met'
  /** The generator or the machine spoilt it: it says nothing of the target. */
  | 'void'
  /** Wrong bytes or lost writes: no rate is right. */
  | 'unsafe'
  /** All that may be stored was stored, or the target was gone: nothing more can be held. */
  | 'max_stored'
  | 'no_answer'
  | 'interrupted';

/** Bounds of a search. */
export interface SearchLimits {
  readonly startRate: number;
  readonly maxRate: number;
  /** Ends the search when the bracket is no wider than this share of its lower end. */
  readonly resolution: number;
  /** Runs, those of a rate that is tried again included. */
  readonly stepsMax: number;
  readonly searchDurationMaxSecs: number;
}

export interface SearchFindings {
  readonly outcome: CapacityOutcome;
  readonly stoppedBy: CapacityStop;
  readonly highestMet: number | undefined;
  readonly lowestNotMet: number | undefined;
  readonly lowestVoid: number | undefined;
}

/**
 * Looks for the highest rate that is met: doubles it until one is not, then halves the bracket on a
 * logarithmic scale. A rate that is not met is held once more before it counts, since a busy machine
 * fails at any rate now and then; one that was spoilt,
 * a few times more.
 * @param hold holds a rate; `attempt` counts from 1.
 */
export async function searchRates(
  limits: SearchLimits,
  hold: (rate: number, attempt: number) => Promise<HoldVerdict>,
  now: () => number = () => performance.now(),
): Promise<SearchFindings> {
  const untilMs = now() + limits.searchDurationMaxSecs * 1000;
  let runs = 0;
  let highestMet: number | undefined;
  let lowestNotMet: number | undefined;
  let lowestVoid: number | undefined;
  let rate: number | undefined = limits.startRate;
  let stoppedBy: CapacityStop = 'resolution';
  while (rate !== undefined) {
    const verdict = await holdUntilSure(rate);
    if (verdict === 'met') {
      highestMet = rate;
    } else if (verdict === 'not_met') {
      lowestNotMet = rate;
    } else if (verdict === 'void') {
      lowestVoid = rate;
    } else {
      stoppedBy = verdict;
      break;
    }
    rate = nextRate();
  }
  return { outcome: outcomeOf(), stoppedBy, highestMet, lowestNotMet, lowestVoid };

  async function holdUntilSure(held: number): Promise<HoldVerdict | 'steps' | 'time'> {
    let notMet = 0;
    let spoilt = 0;
    for (let attempt = 1; ; attempt += 1) {
      if (runs >= limits.stepsMax) return 'steps';
      if (now() >= untilMs) return 'time';
      runs += 1;
      const verdict = await hold(held, attempt);
      if (verdict === 'not_met') notMet += 1;
      else if (verdict === 'void') spoilt += 1;
      else return verdict;
      if (notMet === notMetTries) return 'not_met';
      if (notMet + spoilt === spoiltTries) return 'void';
    }
  }

  /** Ends the search by answering none. */
  function nextRate(): number | undefined {
    const upper = upperEnd();
    if (highestMet === undefined) {
      stoppedBy = 'start_rate';
      return undefined;
    }
    if (upper === undefined) {
      if (highestMet < limits.maxRate) return Math.min(2 * highestMet, limits.maxRate);
      stoppedBy = 'max_rate';
      return undefined;
    }
    if (upper / highestMet <= 1 + limits.resolution) return undefined;
    const middle = Number(Math.sqrt(highestMet * upper).toPrecision(3));
    return middle > highestMet && middle < upper ? middle : undefined;
  }

  /** What is spoilt bounds the search too: beyond it the generator is no judge. */
  function upperEnd(): number | undefined {
    if (lowestNotMet === undefined || lowestVoid === undefined) return lowestNotMet ?? lowestVoid;
    return Math.min(lowestNotMet, lowestVoid);
  }

  function outcomeOf(): CapacityOutcome {
    if (stoppedBy === 'unsafe') return 'unsafe';
    const upper = upperEnd();
    if (highestMet === undefined) {
      if (upper === undefined) return 'incomplete';
      return upper === lowestVoid ? 'generator_limited' : 'below_start_rate';
    }
    if (stoppedBy === 'max_rate') return 'above_max_rate';
    if (upper === undefined || stoppedBy === 'interrupted') return 'incomplete';
    return upper === lowestVoid ? 'generator_limited' : 'found';
  }
}

/** How often a rate must not be met to count as not met. */
const notMetTries = 2;
/** How often it is held, at most, where runs were spoilt. */
const spoiltTries = 4;
