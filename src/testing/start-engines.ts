import assert from 'node:assert/strict';
import { parseRedisAddress, type SharedStoreOptions } from '../storage/drivers/shared/index.ts';
import type { Cleanup } from './cleanup.ts';
import { needsRedis, type StartedRedis, startRedis } from './start-redis.ts';
import { type StartedS3, startS3 } from './start-s3.ts';

/** A Redis and an S3 server of one suite. */
export interface TestEngines {
  readonly redis: StartedRedis;
  readonly s3: StartedS3;
  /** What a store over both is opened with; a machine may be busy. */
  optionsFor(keyPrefix: string): SharedStoreOptions;
}

/** Starts both. @returns `undefined` where there is no Redis: the suite is skipped then. */
export async function startEngines(t: Cleanup): Promise<TestEngines | undefined> {
  if (needsRedis.skip !== false) return undefined;
  const [redis, s3] = await Promise.all([startRedis(t, ['--appendfsync', 'no']), startS3(t)]);
  const address = parseRedisAddress(redis.url);
  assert(address !== undefined);
  return {
    redis,
    s3,
    optionsFor: (keyPrefix) => ({
      maxBytes: 0,
      usedAtResolutionMs: 0,
      deadlineMs: 30_000,
      s3TimeoutMs: 20_000,
      keyPrefix,
      redis: { address },
      s3: {
        endpoint: s3.url,
        bucket: s3.bucket,
        region: 'us-east-1',
        isPathStyle: true,
        prefix: `${keyPrefix}/`,
      },
    }),
  };
}
