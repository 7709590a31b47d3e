import type { ServeConfig } from '../config/index.ts';
import type { Logger } from '../core/index.ts';

/** Gives the store's directory back to whoever comes next. */
export type ReleaseStore = () => Promise<void>;

/**
 * Takes the store's directory for this server, where it has one; called before any worker starts.
 * @throws {CacheError} `unavailable` when another server has it or it cannot be used.
 */
export async function lockStore({ store }: ServeConfig, logger: Logger): Promise<ReleaseStore> {
  if (store.driver === 'memory') return async () => {};
  const { lockStoreDirectory } = await import('../storage/index.ts');
  const { dir, durability } = store;
  const lock = await lockStoreDirectory({ dir, durability, logger });
  return () => lock.release();
}
