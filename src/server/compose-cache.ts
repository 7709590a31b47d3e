import { type Cache, createCache } from '../cache/index.ts';
import type { Logger } from '../core/index.ts';
import { openStore } from './compose-store.ts';
import type { WorkerSettings } from './compose-worker-settings.ts';
import { joinTrace } from './recording/index.ts';

/** A worker's cache. */
export interface ComposedCache {
  /** The cache itself: what it counts and holds. */
  readonly shared: Cache;
  /** The cache as a protocol's requests reach it: where a trace is recorded, under this name. */
  for(protocol: string): Cache;
  /** Ends the recording, then closes the store. */
  close(): Promise<void>;
}

/** Opens the store and puts the cache, and what records its operations, over it. */
export async function composeCache(
  { config, trace }: Pick<WorkerSettings, 'config' | 'trace'>,
  logger: Logger,
): Promise<ComposedCache> {
  const cache = createCache({
    store: await openStore(config, logger),
    limits: { blobBytesMax: config.store.blobBytesMax },
    readOnly: config.auth.readOnly,
    checkReferences: config.store.checkReferences,
    logger,
  });
  const recorder = trace === null ? undefined : await joinTrace(trace, cache, logger);
  return {
    shared: cache,
    for: (protocol) => recorder?.cacheFor(protocol) ?? cache,
    close: async () => {
      await recorder?.close();
      await cache.close();
    },
  };
}
