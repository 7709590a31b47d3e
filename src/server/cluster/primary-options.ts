import type { Logger } from '../../core/index.ts';
import type { DrainLimits } from '../listener/drain.ts';
import type { HeldStore } from './store-care.ts';

/** What the primary process runs. */
export interface PrimaryOptions {
  /** 0 = one per core available. */
  readonly workers: number;
  /** The entry of a worker process: it calls `runWorker`. */
  readonly workerModule: URL;
  /** 0 = a free one. */
  readonly port: number;
  readonly drain: DrainLimits;
  /** The longest delay before a worker that died is replaced. */
  readonly restartDelayMsMax: number;
  /** A worker that reports nothing for this long hangs: it is killed and replaced. */
  readonly workerTimeoutMs: number;
  /** Handed to each worker as it is. */
  readonly settings: unknown;
  /** Workers are started, and wait for this before they open the store. */
  readonly store: Promise<HeldStore>;
  readonly logger: Logger;
}
