import type { CapacityOutcome, CapacityStop } from '../../result/model/capacity.ts';

/**
 * What a search knows so far: the highest rate that was met, and the lowest ones that were not or
 * could not be judged.
 */
export class RateBracket {
  highestMet: number | undefined;
  lowestNotMet: number | undefined;
  lowestVoid: number | undefined;

  /**
   * Where the search ends above; `undefined`: nowhere yet. An invalid rate bounds it too: above it
   * the generator cannot judge the target.
   */
  get upperEnd(): number | undefined {
    const { lowestNotMet, lowestVoid } = this;
    if (lowestNotMet === undefined || lowestVoid === undefined) return lowestNotMet ?? lowestVoid;
    return Math.min(lowestNotMet, lowestVoid);
  }

  note(rate: number, verdict: 'met' | 'not_met' | 'void'): void {
    if (verdict === 'met') this.highestMet = rate;
    else if (verdict === 'not_met') this.lowestNotMet = rate;
    else this.lowestVoid = rate;
  }

  /** The rate to hold next, or why there is none. */
  next(bounds: { readonly maxRate: number; readonly resolution: number }): NextRate {
    const { highestMet, upperEnd } = this;
    if (highestMet === undefined) return { stoppedBy: 'start_rate' };
    if (upperEnd === undefined) {
      if (highestMet >= bounds.maxRate) return { stoppedBy: 'max_rate' };
      return { rate: Math.min(2 * highestMet, bounds.maxRate) };
    }
    if (upperEnd / highestMet <= 1 + bounds.resolution) return { stoppedBy: 'resolution' };
    const middle = threeDigits(Math.sqrt(highestMet * upperEnd));
    // Rates of three digits: there may be none between the two.
    if (middle <= highestMet || middle >= upperEnd) return { stoppedBy: 'resolution' };
    return { rate: middle };
  }

  /** Whether the upper end of the bracket is a rate that was not met, and not a void one. */
  get isNotMetAbove(): boolean {
    return this.lowestNotMet !== undefined && this.upperEnd === this.lowestNotMet;
  }

  /**
   * Takes the lower end down by a factor, since it was not confirmed; not below `least`.
   * @returns false where there is no lower rate: then none is met.
   */
  lower(factor: number, least: number): boolean {
    const from = this.highestMet!;
    this.lowestNotMet ??= from;
    const rate = Math.max(least, threeDigits(from / factor));
    this.highestMet = rate < from ? rate : undefined;
    if (this.highestMet === undefined) this.lowestNotMet = from;
    return this.highestMet !== undefined;
  }

  /** Takes the upper end up by a factor; @returns false where there is no higher rate. */
  raise(factor: number, most: number): boolean {
    const from = this.lowestNotMet!;
    const rate = Math.min(most, threeDigits(from * factor));
    if (rate <= from) return false;
    this.lowestNotMet = rate;
    return true;
  }

  outcome(stoppedBy: CapacityStop): CapacityOutcome {
    if (stoppedBy === 'unsafe') return 'unsafe';
    const { highestMet, upperEnd, lowestVoid } = this;
    if (highestMet === undefined) {
      if (upperEnd === undefined) return 'incomplete';
      return upperEnd === lowestVoid ? 'generator_limited' : 'below_start_rate';
    }
    if (stoppedBy === 'max_rate') return 'above_max_rate';
    if (upperEnd === undefined || stoppedBy === 'interrupted') return 'incomplete';
    return upperEnd === lowestVoid ? 'generator_limited' : 'found';
  }
}

function threeDigits(rate: number): number {
  return Number(rate.toPrecision(3));
}

type NextRate =
  | { readonly rate: number; readonly stoppedBy?: never }
  | { readonly rate?: never; readonly stoppedBy: CapacityStop };
