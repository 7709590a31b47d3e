import type { ServeConfig } from '../config/index.ts';
import type { Logger } from '../core/index.ts';
import { storeDriverOf } from '../storage/drivers/index.ts';
import type { Store } from '../storage/index.ts';

/** Gives the store back to whoever comes next. */
export type ReleaseStore = () => Promise<void>;

/**
 * Takes the store for this server, where another one could reach it; called before any worker starts.
 * @throws {CacheError} `unavailable` when another server has it or it cannot be used.
 */
export async function lockStore({ store }: ServeConfig, logger: Logger): Promise<ReleaseStore> {
  const lock = await storeDriverOf(store.driver).lock?.(store, { logger });
  return async () => await lock?.release();
}

/** Opens the store for a worker. */
export async function openStore({ store }: ServeConfig, logger: Logger): Promise<Store> {
  return await storeDriverOf(store.driver).open(store, { maxBytes: store.maxSizeBytes, logger });
}
