import type { Logger } from '../core/index.ts';
import type { SettingsOf } from '../core/settings/index.ts';
import type { Store } from './store.ts';
import type { StoreOptions } from './store-options.ts';

/**
 * A place to keep entries, as the rest of the program knows it: its name, its settings, who may
 * share it, and how it is opened. A descriptor is loaded with the configuration, so it loads what
 * it needs to keep entries only when it is opened.
 */
export interface StoreDriver<Settings> {
  /** What `--store` takes. */
  readonly name: string;
  /** What it does with entries, after its name: `keeps entries in --dir`. */
  readonly about: string;
  /**
   * How far apart the processes may be that use one store at once: the same `process`, in which case
   * the server runs one worker and the store ends with it, any processes of one `machine`, or those of
   * any `machines`.
   */
  readonly sharedBy: 'process' | 'machine' | 'machines';
  /** Its own settings, as keys of the area `store`. No two drivers use one name. */
  readonly settings: SettingsOf<Settings>;
  readonly abilities: StoreAbilities;
  /** What is absent from its settings or contradicts another of them: a sentence each, which names flags. */
  problems?(settings: Settings): string[];
  /** @throws {CacheError} `unavailable` where the store cannot be used. */
  open(settings: Settings, options: OpenStoreOptions): Promise<Store>;
  /**
   * Takes the store for one server, before any of its processes opens it. Absent, or `undefined`,
   * where no second server can reach it, or any may.
   * @throws {CacheError} `unavailable` when another server has it or it cannot be used.
   */
  lock?(settings: Settings, options: { readonly logger: Logger }): Promise<StoreLock | undefined>;
  /**
   * Looks once for a server, before any of its processes opens the store, whether it can be used, and
   * warns of what breaks its promises. Absent where opening it shows that.
   * @throws {CacheError} `unavailable` where it cannot.
   */
  check?(settings: Settings, options: { readonly logger: Logger }): Promise<void>;
  /**
   * Makes the index anew from bodies that have outlived it. Absent where index and bodies are lost
   * together.
   * @throws {CacheError} `unavailable`, `aborted`.
   */
  rebuild?(settings: Settings, options: RebuildOptions & StoreOptions): Promise<RebuiltIndex>;
}

/** How a lost index is made again. */
export interface RebuildOptions {
  /** Whether nothing is taken over: what has no entry is deleted. */
  readonly isEmpty: boolean;
  /** Hears now and then how far it is. */
  readonly onProgress: (soFar: RebuiltIndex) => void;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** What has become of what had no entry. */
export interface RebuiltIndex {
  /** Entries that were made, and the bytes of their bodies. */
  readonly entries: number;
  readonly sizeBytes: number;
  /** Replaced since, or not what was stored. */
  readonly deletedObjects: number;
  /** Those for which the store has no room, or that went meanwhile. */
  readonly leftObjects: number;
}

/** What every driver is opened with, beside its own settings. */
export interface OpenStoreOptions extends StoreOptions {
  readonly logger: Logger;
  readonly watch?: StoreWatch | undefined;
}

/** Hears from a store that is open what its callers do not learn from its answers. */
export interface StoreWatch {
  /** A lookup, answered as a miss, or a write met damage of the index. */
  indexDamaged(): void;
  /** Writes begin to fail, for a reason other than a full disk, or succeed again (`undefined`). */
  writesFail(reason: string | undefined): void;
}

/** Why a store's index is checked although its last user closed it cleanly. */
export interface StoreSuspicion {
  /** In words that continue with ': starting empty'. */
  readonly reason: string;
  /** Whether it is set aside without a check, since it cannot be used whatever the check finds. */
  readonly isCertain: boolean;
}

/** Promises that not every driver can keep. The conformance suite holds it to those that it declares. */
export interface StoreAbilities {
  /** No use of the store ever finds it above its bound, however short the time since a write. */
  readonly exactBound: boolean;
  /**
   * What was used longest ago goes first, and a use counts from the instant it was made. Uses that
   * lie closer together than a sixteenth of the bound may count as one.
   */
  readonly strictLru: boolean;
}

/** Says that one server has a store to itself. */
export interface StoreLock {
  /**
   * Looks for damage of the index, and sets a damaged one aside, so that the store starts empty.
   * Called while no process has the store open.
   * @returns whether it was set aside.
   * @throws {CacheError} `unavailable` while a process has the store open.
   */
  repair(suspicion: StoreSuspicion): Promise<boolean>;
  /** Gives the store back. The death of the holder does as well. */
  release(): Promise<void>;
}
