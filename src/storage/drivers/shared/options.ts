import type { Logger } from '../../../core/index.ts';
import type { StoreWatch } from '../../store-driver.ts';
import type { StoreOptions } from '../../store-options.ts';
import type { LocalTierPlace } from './local-tier/open-local-tier.ts';
import type { S3Access } from './objects/s3-access.ts';
import type { RedisAccess } from './redis/connect-redis.ts';

/** What {@link openSharedStore} takes. */
export interface SharedStoreOptions extends StoreOptions {
  readonly redis: RedisAccess;
  /** Names the store among others in one Redis; its keys begin with it, in braces. Default {@link defaultKeyPrefix}. */
  readonly keyPrefix?: string | undefined;
  /** Where larger bodies are kept. Default: nowhere, they are refused. */
  readonly s3?: S3Access | undefined;
  /** How long an attempt of a request to S3, or the wait for more of a body, may take. Default {@link defaultS3TimeoutMs}. */
  readonly s3TimeoutMs?: number | undefined;
  /** How long an object stays after its entry, so that readers end. Default {@link defaultGraceMs}. */
  readonly graceMs?: number | undefined;
  /** Where this node keeps bodies that it has read from S3. Default: nowhere. */
  readonly localTier?: LocalTierPlace | undefined;
  /** Larger bodies go to S3. Default {@link defaultInlineBytesMax}. */
  readonly inlineBytesMax?: number | undefined;
  /** How long a call to Redis may take, its retries included. Default {@link defaultDeadlineMs}. */
  readonly deadlineMs?: number | undefined;
  /** A use is noted when the last noted one is older than this. Default 60,000. */
  readonly usedAtResolutionMs?: number | undefined;
  readonly logger?: Logger | undefined;
  /** Hears of damage of the local tier's index. */
  readonly watch?: StoreWatch | undefined;
}

export const defaultKeyPrefix = 'memobuild';
/** Larger bodies would hold up other commands: Redis executes one at a time. */
export const defaultInlineBytesMax: number = 16 * 2 ** 10;
export const defaultS3TimeoutMs = 10_000;
export const defaultGraceMs = 3_600_000;
export const defaultDeadlineMs = 3_000;
export const defaultUsedAtResolutionMs = 60_000;
