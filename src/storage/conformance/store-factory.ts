import type { Clock } from '../../core/index.ts';
import type { Store } from '../store.ts';

/** What a driver under test is opened with. */
export interface StoreUnderTestOptions {
  readonly maxBytes: number;
  readonly clock?: Clock;
}

/** Makes stores for the suite, each empty and apart from the others. */
export interface StoreFactory {
  /** Opens an empty store. The suite closes it. Uses are to be noted at once, not by the minute. */
  open(options: StoreUnderTestOptions): Promise<Store>;
  /** Opens a second store over the entries of `store`, for drivers that declare that stores are shared. */
  openBeside?(store: Store, options: StoreUnderTestOptions): Promise<Store>;
  /**
   * Counts what an unfinished write could leave behind: files and the like, that no entry owns.
   * @returns 0 when all is clean.
   */
  leftovers(store: Store): Promise<number>;
  /** What the driver counts for an entry of this size, more or less: the suite sizes bounds by it. */
  costBytes(sizeBytes: number): number;
}
