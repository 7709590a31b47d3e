import { randomUUID } from 'node:crypto';
import { after, describe } from 'node:test';
import type { Cleanup } from '../../../testing/cleanup.ts';
import { needsRedis, startRedis } from '../../../testing/start-redis.ts';
import { describeStore } from '../../conformance/index.ts';
import type { Store } from '../../store.ts';
import { sharedDriver } from './driver.ts';
import { entryCostBytes } from './entry-cost.ts';
import { openSharedStore } from './open.ts';
import type { SharedStoreOptions } from './options.ts';
import { parseRedisAddress } from './redis/redis-address.ts';
import { countLeftovers } from './testing/inspect.ts';

describe('over a real Redis', needsRedis, () => {
  const t: Cleanup = { after };
  const redis =
    needsRedis.skip === false ? startRedis(t, ['--appendfsync', 'everysec']) : undefined;
  const opened = new WeakMap<Store, SharedStoreOptions>();

  const open = async (
    options: Pick<SharedStoreOptions, 'maxBytes' | 'clock' | 'keyPrefix'>,
  ): Promise<Store> => {
    const address = parseRedisAddress((await redis)?.url ?? '');
    if (address === undefined) throw new Error('there is no Redis');
    const all: SharedStoreOptions = {
      keyPrefix: randomUUID(),
      ...options,
      redis: { address },
      inlineBytesMax: 4 * 2 ** 20,
      usedAtResolutionMs: 0,
      // A machine may be busy: what happens when Redis is slow is another test's.
      deadlineMs: 30_000,
    };
    const store = await openSharedStore(all);
    opened.set(store, all);
    return store;
  };

  describeStore('the shared store', sharedDriver, {
    open,
    openBeside: (store, options) => open({ ...options, keyPrefix: opened.get(store)?.keyPrefix }),
    leftovers: async (store) =>
      await countLeftovers((await redis)!.port, opened.get(store)?.keyPrefix ?? ''),
    costBytes: (sizeBytes) =>
      entryCostBytes({ sizeBytes, keyBytes: 33, extraBytes: 0, references: 0 }),
  });
});
