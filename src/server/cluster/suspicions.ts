import type { StoreSuspicion } from '../../storage/index.ts';

/** Signals of a crash in native code: an index read past its end, damaged pages, an assertion. */
const crashSignals: ReadonlySet<string> = new Set(['SIGBUS', 'SIGSEGV', 'SIGABRT']);
/** This many crashes within {@link crashWindowMs} are not chance. */
const crashesMax = 3;
const crashWindowMs = 60_000;
/** How often all workers together find damage before the index is checked. */
const damagesMax = 3;
/** After a check that found nothing, crashes within this time are proof. */
const lookRememberedMs = 10 * 60_000;

/**
 * Decides when the store's index is checked, and when it is given up. A check reads every page of
 * its trees and finds what LMDB reports, but not every page on which LMDB crashes: so crashes that
 * recur soon after a check that found nothing count as proof. A process out of memory ends by
 * SIGABRT, too, which is never proof.
 */
export class Suspicions {
  #crashesMs: number[] = [];
  #damages = 0;
  #vainLookMs = Number.NEGATIVE_INFINITY;
  #lookedMs = Number.NEGATIVE_INFINITY;

  /** A worker died. @param how its exit code, or the signal that ended it. */
  died(how: number | string, nowMs: number): StoreSuspicion | undefined {
    if (typeof how === 'number' || !crashSignals.has(how)) return undefined;
    this.#crashesMs = [...this.#crashesMs.filter((ms) => nowMs - ms < crashWindowMs), nowMs];
    if (this.#crashesMs.length < crashesMax) return undefined;
    const reason = `workers crash while they use the index (${how})`;
    const isCertain = how !== 'SIGABRT' && nowMs - this.#vainLookMs < lookRememberedMs;
    return { reason, isCertain };
  }

  /** Workers met damage, `count` times since they last said so. */
  met(count: number, nowMs: number): StoreSuspicion | undefined {
    this.#damages += count;
    const wasKept = nowMs - this.#vainLookMs < crashWindowMs;
    if (this.#damages < damagesMax || wasKept) return undefined;
    return { reason: 'requests repeatedly found damage in the index', isCertain: false };
  }

  /**
   * A worker could not open the index.
   * @returns `undefined` where it was just checked or given up, so that the cause is something
   * else.
   */
  cannotOpen(message: string, nowMs: number): StoreSuspicion | undefined {
    if (nowMs - this.#lookedMs < crashWindowMs) return undefined;
    return { reason: message, isCertain: false };
  }

  /** The index was checked. */
  looked(wasSetAside: boolean, nowMs: number): void {
    this.#crashesMs = [];
    this.#damages = 0;
    this.#vainLookMs = wasSetAside ? Number.NEGATIVE_INFINITY : nowMs;
    this.#lookedMs = nowMs;
  }
}
