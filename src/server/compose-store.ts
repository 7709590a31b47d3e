import type { ServeConfig } from '../config/index.ts';
import type { Logger } from '../core/index.ts';
import { storeDriverOf } from '../storage/drivers/index.ts';
import type {
  RebuildOptions,
  RebuiltIndex,
  Store,
  StoreLock,
  StoreWatch,
} from '../storage/index.ts';

/**
 * Takes the store for this server, where another one could reach it; called before any worker starts.
 * @throws {CacheError} `unavailable` when another server has it or it cannot be used.
 */
export async function lockStore({ store }: ServeConfig, logger: Logger): Promise<StoreLock> {
  const driver = storeDriverOf(store.driver);
  await driver.check?.(store, { logger });
  return (await driver.lock?.(store, { logger })) ?? ofNobody;
}

/** The lock of a store that no other server can reach: it ends with its process, damaged or not. */
const ofNobody: StoreLock = {
  repair: () => Promise.resolve(false),
  release: () => Promise.resolve(),
};

/** Opens the store for a worker. */
export async function openStore(
  { store }: ServeConfig,
  logger: Logger,
  watch: StoreWatch | undefined,
): Promise<Store> {
  const options = { maxBytes: store.maxSizeBytes, logger, watch };
  return await storeDriverOf(store.driver).open(store, options);
}

/**
 * Makes the index of a store anew that has lost it.
 * @returns `undefined` where the store's bodies are lost with its index.
 * @throws {CacheError} `unavailable`, `aborted`.
 */
export async function rebuildStore(
  { store }: ServeConfig,
  options: RebuildOptions,
): Promise<RebuiltIndex | undefined> {
  const all = { ...options, maxBytes: store.maxSizeBytes };
  return await storeDriverOf(store.driver).rebuild?.(store, all);
}
