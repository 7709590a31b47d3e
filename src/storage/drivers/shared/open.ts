import { type Logger, silentLogger } from '../../../core/index.ts';
import type { Store } from '../../store.ts';
import type { RebuildOptions, RebuiltIndex } from '../../store-driver.ts';
import type { LocalTier } from './local-tier/local-tier.ts';
import type { ObjectCalls } from './objects/object-calls.ts';
import { showS3 } from './objects/s3-access.ts';
import { defaultDeadlineMs, defaultS3TimeoutMs, type SharedStoreOptions } from './options.ts';
import { showRedisAddress } from './redis/redis-address.ts';
import type { RedisCalls } from './redis/redis-calls.ts';

/**
 * Opens a store in Redis and S3, which any number of nodes may have open. It does not wait for Redis: what
 * is asked before there is a connection fails like after a loss of it, and it recovers by itself.
 * @throws {CacheError} `unavailable` where the client library is not installed, a password or
 * certificate cannot be read, or the directory of the local tier cannot be used; `damaged` for a
 * damaged index of the local tier.
 */
export async function openSharedStore(options: SharedStoreOptions): Promise<Store> {
  const { SharedStore } = await import('./shared-store.ts');
  const logger = options.logger ?? silentLogger;
  const objects = await openObjects(options, logger);
  const tier = await openTier(options, objects, logger);
  const calls = await openCalls(options, logger);
  // Most often there is a connection in no time, and the first lookup need not be lost.
  await calls.ready(Math.min(1_000, calls.attemptTimeoutMs)).catch(() => {});
  return new SharedStore({ calls, objects, tier }, options);
}

/**
 * Makes the index of a store anew from the objects in its bucket: see {@link RebuildOptions}.
 * @throws {CacheError} `unavailable`, `aborted`.
 */
export async function rebuildSharedStore(
  store: SharedStoreOptions,
  options: RebuildOptions,
): Promise<RebuiltIndex> {
  const { rebuildIndex } = await import('./rebuild.ts');
  const objects = await openObjects(store, options.logger);
  if (objects === undefined) throw new Error('the configuration was not checked');
  const calls = await openCalls(store, options.logger);
  try {
    await calls.ready(store.deadlineMs ?? defaultDeadlineMs);
    return await rebuildIndex({ calls, objects }, store, options);
  } finally {
    await calls.close();
    objects.close();
  }
}

/**
 * Looks whether Redis and S3 can be reached, and warns of settings of Redis that break promises of the store.
 * @throws {CacheError} `unavailable` where one cannot be reached.
 */
export async function checkEngines(
  options: Pick<SharedStoreOptions, 'redis' | 'deadlineMs' | 's3' | 's3TimeoutMs'> & {
    readonly logger: Logger;
  },
): Promise<void> {
  const { readServerState, serverWarnings } = await import('./redis/server-state.ts');
  const calls = await openCalls(options, silentLogger);
  try {
    await calls.ready(options.deadlineMs ?? defaultDeadlineMs);
    for (const warning of serverWarnings(await readServerState(calls))) {
      options.logger.warn({}, warning);
    }
  } finally {
    await calls.close();
  }
  const objects = await openObjects(options, silentLogger);
  try {
    await objects?.run((store, signal) => store.check(signal));
  } finally {
    objects?.close();
  }
}

async function openObjects(
  { s3, s3TimeoutMs = defaultS3TimeoutMs }: Pick<SharedStoreOptions, 's3' | 's3TimeoutMs'>,
  logger: Logger,
): Promise<ObjectCalls | undefined> {
  if (s3 === undefined) return undefined;
  const [{ connectS3 }, library] = await Promise.all([
    import('./objects/connect-s3.ts'),
    import('./objects/object-calls.ts'),
  ]);
  const store = await connectS3(s3, library.objectCallsMax);
  return new library.ObjectCalls(store, { where: showS3(s3), timeoutMs: s3TimeoutMs, logger });
}

async function openTier(
  { localTier, watch }: Pick<SharedStoreOptions, 'localTier' | 'watch'>,
  calls: ObjectCalls | undefined,
  logger: Logger,
): Promise<LocalTier | undefined> {
  if (localTier === undefined || calls === undefined) return undefined;
  const { openLocalTier } = await import('./local-tier/open-local-tier.ts');
  return await openLocalTier(localTier, { calls, logger, watch });
}

async function openCalls(
  { redis, deadlineMs = defaultDeadlineMs }: Pick<SharedStoreOptions, 'redis' | 'deadlineMs'>,
  logger: Logger,
): Promise<RedisCalls> {
  const [{ connectRedis }, library] = await Promise.all([
    import('./redis/connect-redis.ts'),
    import('./redis/redis-calls.ts'),
  ]);
  const where = showRedisAddress(redis.address);
  return new library.RedisCalls(await connectRedis(redis), { where, deadlineMs, logger });
}
