import type { CapacityOutcome, CapacityStop } from '../../result/model/capacity.ts';
import { RateBracket } from './rate-bracket.ts';

/** The outcome of holding a rate once. */
export type HoldVerdict =
  | 'met'
  | 'not_met'
  /** The generator or the machine invalidated it, so it says nothing about the target. */
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
 * fails at any rate now and then; a void trial, a few times more.
 *
 * What such a search ends with is the luckiest of many trials, so both ends of the bracket are then
 * confirmed by trials of their own, all of which must agree; an end that is not confirmed moves
 * outwards. Several trials per load and a bound on how many may contradict it are MLRsearch's
 * (M. Konstantynowicz and V. Polak, Multiple Loss Ratio Search, IETF BMWG), with an exceed ratio of 0.
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
  let { stoppedBy } = next;
  if (stoppedBy === 'resolution' || stoppedBy === 'max_rate') {
    stoppedBy = await confirmEnds(bracket, holder, limits, stoppedBy);
  }
  const { highestMet, lowestNotMet, lowestVoid } = bracket;
  return { outcome: bracket.outcome(stoppedBy), stoppedBy, highestMet, lowestNotMet, lowestVoid };
}

/** Moves both ends of the bracket outwards until trials of their own confirm them. */
async function confirmEnds(
  bracket: RateBracket,
  holder: RateHolder,
  limits: SearchLimits,
  reached: CapacityStop,
): Promise<CapacityStop> {
  let stoppedBy = reached;
  for (let step = 1 + limits.resolution; bracket.highestMet !== undefined; step **= 2) {
    const answer = await holder.confirm(bracket.highestMet, 'met');
    if (answer === true || answer === 'void') break;
    if (answer !== false) return answer;
    if (!bracket.lower(step, limits.startRate)) stoppedBy = 'start_rate';
    else if (stoppedBy === 'max_rate') stoppedBy = 'resolution';
  }
  for (let step = 1 + limits.resolution; bracket.isNotMetAbove; step **= 2) {
    const answer = await holder.confirm(bracket.lowestNotMet!, 'not_met');
    if (answer === true || answer === 'void') break;
    if (answer !== false) return answer;
    if (!bracket.raise(step, limits.maxRate)) break;
  }
  return stoppedBy;
}

type HoldRate = (rate: number, attempt: number) => Promise<HoldVerdict>;

/** Holds rates until their verdict counts, within the search's bounds on runs and time. */
class RateHolder {
  readonly #limits: SearchLimits;
  readonly #hold: HoldRate;
  readonly #now: () => number;
  readonly #untilMs: number;
  #runs = 0;
  readonly #attempts = new Map<number, number>();

  constructor(limits: SearchLimits, hold: HoldRate, now: () => number) {
    this.#limits = limits;
    this.#hold = hold;
    this.#now = now;
    this.#untilMs = now() + limits.searchDurationMaxSecs * 1000;
  }

  async holdUntilSure(rate: number): Promise<HoldVerdict | 'steps' | 'time'> {
    let notMet = 0;
    let voidTries = 0;
    for (;;) {
      const verdict = await this.#holdOnce(rate);
      if (verdict === 'not_met') notMet += 1;
      else if (verdict === 'void') voidTries += 1;
      else return verdict;
      if (notMet === notMetTries) return 'not_met';
      if (notMet + voidTries === voidTriesMax) return 'void';
    }
  }

  /** Whether each of {@link confirmingTrials} trials says so; ends with the first that does not. */
  async confirm(
    rate: number,
    wanted: 'met' | 'not_met',
  ): Promise<boolean | Exclude<HoldVerdict, 'met' | 'not_met'> | 'steps' | 'time'> {
    let voidTries = 0;
    for (let agreed = 0; agreed < confirmingTrials; ) {
      const verdict = await this.#holdOnce(rate);
      if (verdict === wanted) agreed += 1;
      else if (verdict === 'met' || verdict === 'not_met') return false;
      else if (verdict !== 'void') return verdict;
      else {
        voidTries += 1;
        if (voidTries === voidTriesMax) return 'void';
      }
    }
    return true;
  }

  async #holdOnce(rate: number): Promise<HoldVerdict | 'steps' | 'time'> {
    if (this.#runs >= this.#limits.stepsMax) return 'steps';
    if (this.#now() >= this.#untilMs) return 'time';
    this.#runs += 1;
    const attempt = (this.#attempts.get(rate) ?? 0) + 1;
    this.#attempts.set(rate, attempt);
    return await this.#hold(rate, attempt);
  }
}

/** Trials that confirm an end of the bracket. */
const confirmingTrials = 3;

/** How often a rate must not be met to count as not met. */
const notMetTries = 2;
/** How often a rate is held, at most, where trials are void. */
const voidTriesMax = 4;
