import { join } from 'node:path';
import type { Logger } from '../../../../core/index.ts';
import { KernelLock } from '../../../kernel-lock.ts';
import type { StoreWatch } from '../../../store-driver.ts';
import { openEmbeddedStore } from '../../embedded/index.ts';
import type { ObjectCalls } from '../objects/object-calls.ts';
import { LocalTier } from './local-tier.ts';

/** Where a node keeps bodies that it has read, and how much of them. */
export interface LocalTierPlace {
  /** A directory of this node alone; made if it is absent. What is lost there is read from S3 again. */
  readonly dir: string;
  /** 0 = unbounded. */
  readonly maxBytes: number;
  /** How long a reader waits for a fetch, milliseconds, before it reads from S3 directly. Default 3,000. */
  readonly fetchWaitMs?: number | undefined;
}

/** @throws {CacheError} `unavailable` for a directory that cannot be used; `damaged` as an embedded store. */
export async function openLocalTier(
  { dir, maxBytes, fetchWaitMs = defaultFetchWaitMs }: LocalTierPlace,
  {
    calls,
    logger,
    watch,
  }: {
    readonly calls: ObjectCalls;
    readonly logger: Logger;
    readonly watch: StoreWatch | undefined;
  },
): Promise<LocalTier> {
  const store = await openEmbeddedStore({
    dir,
    maxBytes,
    logger,
    // A node whose tier cannot be written serves all the same.
    watch: watch && { indexDamaged: () => watch.indexDamaged(), writesFail: () => {} },
  });
  const fetching = KernelLock.open(join(dir, 'fetching.lock'));
  const bodyBytesMax = maxBytes === 0 ? Infinity : maxBytes / bodyShare;
  return new LocalTier({ store, fetching, calls, bodyBytesMax, fetchWaitMs, logger });
}

const defaultFetchWaitMs = 3_000;
/** One body must not drive out all others. */
const bodyShare = 16;
