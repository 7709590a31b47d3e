import { type Logger, silentLogger } from '../../../core/index.ts';
import type { Store } from '../../store.ts';
import { defaultDeadlineMs, type SharedStoreOptions } from './options.ts';
import { showRedisAddress } from './redis/redis-address.ts';
import type { RedisCalls } from './redis/redis-calls.ts';

/**
 * Opens a store in Redis, which any number of nodes may have open. It does not wait for Redis: what
 * is asked before there is a connection fails like after a loss of it, and it recovers by itself.
 * @throws {CacheError} `unavailable` where the client library is not installed, or a password or
 * certificate cannot be read.
 */
export async function openSharedStore(options: SharedStoreOptions): Promise<Store> {
  const { SharedStore } = await import('./shared-store.ts');
  const calls = await openCalls(options, options.logger ?? silentLogger);
  // Most often there is a connection in no time, and the first lookup need not be lost.
  await calls.ready(Math.min(1_000, calls.attemptTimeoutMs)).catch(() => {});
  return new SharedStore(calls, options);
}

/**
 * Looks whether Redis can be reached, and warns of settings of it that break promises of the store.
 * @throws {CacheError} `unavailable` where it cannot be reached.
 */
export async function checkRedis(
  options: Pick<SharedStoreOptions, 'redis' | 'deadlineMs'> & { readonly logger: Logger },
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
