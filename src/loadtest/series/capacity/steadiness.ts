import type { Progress } from '../../engine/progress/progress.ts';

/**
 * Decides when a run at a constant rate has been held long enough: when P95, the share of failures and
 * what is under way no longer move, or when operations pile up so that more time would only add to it.
 */
export class Steadiness {
  readonly #options: SteadinessOptions;
  readonly #samples: Sample[] = [];

  constructor(options: SteadinessOptions) {
    this.#options = options;
  }

  /** @returns `steady` or `overloaded` when it may end; `undefined` while it should continue. */
  add(progress: Progress): 'steady' | 'overloaded' | undefined {
    if (progress.phase !== 'running') return undefined;
    const { elapsedMs: atMs, operations, failed, inFlight, p95Ms } = progress;
    const sample = { atMs, operations, failed, inFlight, p95Ms };
    this.#samples.push(sample);
    if (atMs < this.#options.holdMs) return undefined;
    const earlier = this.#samples.findLast((past) => past.atMs <= (atMs * 2) / 3);
    if (earlier === undefined) return undefined;
    if (this.#pilesUp(earlier, sample)) return 'overloaded';
    return operations >= operationsLeast && this.#isSteady(earlier, sample) ? 'steady' : undefined;
  }

  /** What waits would take half a second and more to end, and has grown by a quarter. */
  #pilesUp(earlier: Sample, sample: Sample): boolean {
    const { rate, clients } = this.#options;
    const most = Math.max(clients, rate * pileSecs);
    return sample.inFlight > most && sample.inFlight > pileGrowth * earlier.inFlight;
  }

  /** As many under way as there are connections means that none waits. */
  #isSteady(earlier: Sample, sample: Sample): boolean {
    const p95Change = Math.abs(sample.p95Ms - earlier.p95Ms);
    const failedShare = (of: Sample): number => of.failed / Math.max(1, of.operations);
    return (
      p95Change <= Math.max(p95ChangeMs, p95ChangeShare * earlier.p95Ms) &&
      Math.abs(failedShare(sample) - failedShare(earlier)) <= failedShareChange &&
      sample.inFlight <= Math.max(this.#options.clients, pileGrowth * earlier.inFlight)
    );
  }
}

export interface SteadinessOptions {
  readonly rate: number;
  readonly clients: number;
  /** The least that a rate is held. */
  readonly holdMs: number;
}

interface Sample {
  readonly atMs: number;
  readonly operations: number;
  readonly failed: number;
  readonly inFlight: number;
  readonly p95Ms: number;
}

/** With fewer operations neither P95 nor hit rate is meaningful. */
const operationsLeast = 200;
const pileSecs = 0.5;
const pileGrowth = 1.25;

const p95ChangeMs = 1;
const p95ChangeShare = 0.15;
const failedShareChange = 0.005;
