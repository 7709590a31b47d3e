import type { Logger } from '../../../core/index.ts';
import type { StoreWatch } from '../../store-driver.ts';
import type { StoreOptions } from '../../store-options.ts';

/** What {@link openEmbeddedStore} takes. */
export interface EmbeddedStoreOptions extends StoreOptions {
  /** The store's directory; made if it is absent. Local disk: the index is a memory map. */
  readonly dir: string;
  /**
   * What an acknowledged write survives. `process` (default): the death of every process, at once
   * and untouched; a power cut may empty the store, since the order in which the kernel writes its
   * pages is unknown. `power`: a power cut too; a write waits for the disk.
   */
  readonly durability?: Durability;
  /** Bodies up to this size live in the index, larger ones in a file each. Default {@link defaultInlineBytesMax}. */
  readonly inlineBytesMax?: number;
  /**
   * A replaced or evicted file stays this long, for a reader that has found it and not opened it
   * yet. Default 1,000.
   */
  readonly unlinkDelayMs?: number;
  /** A use is noted in the index when the last noted one is older than this. Default 60,000. */
  readonly usedAtResolutionMs?: number;
  readonly logger?: Logger;
  /** Called when damage of the index is met, and when writes begin or end to fail. */
  readonly watch?: StoreWatch | undefined;
}

/** What `lockStoreDirectory` takes. */
export interface LockOptions {
  readonly dir: string;
  /** Takes a directory on a file system that other machines may have mounted, too. Default false. */
  readonly allowNetworkFs?: boolean;
  readonly logger?: Logger;
}

/** What an acknowledged write survives, see {@link EmbeddedStoreOptions.durability}. */
export type Durability = 'process' | 'power';

/**
 * Measured on 2 cores, without a server: at 64 KiB a put takes 100 µs of processor time in the index
 * and 250 to 500 as a file, a get 50 and 110 to 140. With sizes mixed and eviction at work the index
 * file settles at 1.1 times the bound. The bench's rows `store-put-64k` and `store-get-64k` measure it again.
 */
export const defaultInlineBytesMax: number = 64 * 2 ** 10;
/** How long a replaced or evicted file stays by default. */
export const defaultUnlinkDelayMs = 1_000;
/** How old the last noted use must be, by default, for a further one to be noted. */
export const defaultUsedAtResolutionMs = 60_000;
