import {
  type Cache,
  type CacheDecorator,
  countedIn,
  createCache,
  decorated,
  LookupCounters,
} from '../cache/index.ts';
import type { Logger, LookupCounts } from '../core/index.ts';
import type { StoreWatch } from '../storage/index.ts';
import { openStore } from './compose-store.ts';
import type { WorkerSettings } from './compose-worker-settings.ts';
import { joinTrace } from './recording/index.ts';

/** A worker's cache, and what it counted. */
export interface ComposedCache {
  /** As all protocols ask it. Closing it ends its decorators, then closes the store. */
  readonly cache: Cache;
  /** This process's own counts since it started. */
  counts(): readonly LookupCounts[];
}

/** Opens the store and puts the cache over it, and around that the decorators that depend on the caller. */
export async function composeCache(
  { config, trace }: Pick<WorkerSettings, 'config' | 'trace'>,
  logger: Logger,
  watch?: StoreWatch,
): Promise<ComposedCache> {
  const cache = createCache({
    store: await openStore(config, logger, watch),
    limits: { blobBytesMax: config.store.blobBytesMax },
    readOnly: config.auth.readOnly,
    checkReferences: config.store.checkReferences,
    logger,
  });
  const counters = new LookupCounters();
  const decorators: readonly CacheDecorator[] = [
    countedIn(counters),
    ...(trace === null ? [] : [await joinTrace(trace, logger)]),
  ];
  return { cache: decorated(cache, decorators), counts: () => counters.rows() };
}
