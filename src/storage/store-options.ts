import type { Clock } from '../core/index.ts';

/** What every driver takes. */
export interface StoreOptions {
  /** Bound of the store in bytes, bookkeeping included; 0 = unbounded. */
  readonly maxBytes: number;
  /** Default: the machine's clock. */
  readonly clock?: Clock;
}
