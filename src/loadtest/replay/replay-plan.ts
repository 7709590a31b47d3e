import type { ReplayOperation } from './replay-step.ts';

/** A trace made ready to be replayed: steps on disk, a file for each generator, and what they need. */
export interface TracePlan {
  /** Steps of each worker, in the order of their times. */
  readonly stepFiles: readonly string[];
  /** The sizes of the entries to store before the start, by rank. */
  readonly warmSizes: Float64Array;
  /** The sizes of the other keys, by number. */
  readonly newSizes: Float64Array;
  readonly figures: TraceFigures;
}

/** A trace's steps, and how fast they are sent. */
export interface ReplayPlan extends TracePlan {
  /** How many times as fast as it was recorded. */
  readonly speed: number;
}

/** What a trace holds, and how far it can be replayed. */
export interface TraceFigures {
  /** The file's name, without its folders. */
  readonly trace: string;
  readonly sha256: string;
  readonly startedAtMs: number;
  /** Operations in the trace. */
  readonly events: number;
  /** The number that is replayed. */
  readonly replayed: number;
  readonly operations: Readonly<Record<ReplayOperation, number>>;
  /** Lookups that are replayed, and were answered so when they were recorded. */
  readonly hits: number;
  readonly misses: number;
  /** Not replayed, because the recorded server refused or failed them. */
  readonly refused: number;
  /** Not replayed, because the protocol has no such operation. */
  readonly unsupported: number;
  /** Reported by the recording server: it had no room to record them. */
  readonly dropped: number;
  readonly brokenLines: number;
  readonly outOfOrder: number;
  /** Recording processes that wrote no trailer. */
  readonly cutOff: number;
  readonly keys: number;
  readonly keysRenewed: number;
  /** What the replay may store, the entries before the start included. */
  readonly storedBytes: number;
  /** From the first operation to the last, as recorded. */
  readonly durationMs: number;
  /** Most operations of one second, as recorded. */
  readonly peakPerSec: number;
}
