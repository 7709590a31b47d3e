import type { CapacityOutcome, CapacityStop } from '../../result/model/capacity.ts';
import { RateBracket } from './rate-bracket.ts';

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
 * logarithmic scale. A rate that is not met is repeated before it counts, since a busy machine
 * fails at any rate now and then; one that was spoilt, a few times more.
 * @param hold holds a rate; `attempt` counts from 1.
 */
export async function searchRates(
  limits: SearchLimits,
  hold: HoldRate,
  now: () => number = () => performance.now(),
): Promise<SearchFindings> {
  const holder = new RateHolder(limits, hold, now);
  const bracket = new RateBracket();
  let next: ReturnType<RateBracket['next']> = { rate: limits.startRate };
  while (next.rate !== undefined) {
    const verdict = await holder.holdUntilSure(next.rate);
    if (verdict === 'met' || verdict === 'not_met' || verdict === 'void') {
      bracket.note(next.rate, verdict);
      next = bracket.next(limits);
    } else {
      next = { stoppedBy: verdict };
    }
  }
  const { stoppedBy } = next;
  const { highestMet, lowestNotMet, lowestVoid } = bracket;
  return { outcome: bracket.outcome(stoppedBy), stoppedBy, highestMet, lowestNotMet, lowestVoid };
}

type HoldRate = (rate: number, attempt: number) => Promise<HoldVerdict>;

/** Holds rates until their verdict counts, within the search's bounds on runs and time. */
class RateHolder {
  readonly #limits: SearchLimits;
  readonly #hold: HoldRate;
  readonly #now: () => number;
  readonly #untilMs: number;
  #runs = 0;

  constructor(limits: SearchLimits, hold: HoldRate, now: () => number) {
    this.#limits = limits;
    this.#hold = hold;
    this.#now = now;
    this.#untilMs = now() + limits.searchDurationMaxSecs * 1000;
  }

  async holdUntilSure(rate: number): Promise<HoldVerdict | 'steps' | 'time'> {
    let notMet = 0;
    let spoilt = 0;
    for (let attempt = 1; ; attempt += 1) {
      if (this.#runs >= this.#limits.stepsMax) return 'steps';
      if (this.#now() >= this.#untilMs) return 'time';
      this.#runs += 1;
      const verdict = await this.#hold(rate, attempt);
      if (verdict === 'not_met') notMet += 1;
      else if (verdict === 'void') spoilt += 1;
      else return verdict;
      if (notMet === notMetTries) return 'not_met';
      if (notMet + spoilt === spoiltTries) return 'void';
    }
  }
}

/** How often a rate must not be met to count as not met. */
const notMetTries = 2;
/** How often it is held, at most, where runs were spoilt. */
const spoiltTries = 4;
