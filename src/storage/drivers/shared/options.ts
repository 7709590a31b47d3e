import type { Logger } from '../../../core/index.ts';
import type { StoreOptions } from '../../store-options.ts';
import type { RedisAccess } from './redis/connect-redis.ts';

/** What {@link openSharedStore} takes. */
export interface SharedStoreOptions extends StoreOptions {
  readonly redis: RedisAccess;
  /** Names the store among others in one Redis; its keys begin with it, in braces. Default {@link defaultKeyPrefix}. */
  readonly keyPrefix?: string | undefined;
  /** Larger bodies are refused. Default {@link defaultInlineBytesMax}. */
  readonly inlineBytesMax?: number | undefined;
  /** How long a call to Redis may take, its retries included. Default {@link defaultDeadlineMs}. */
  readonly deadlineMs?: number | undefined;
  /** A use is noted when the last noted one is older than this. Default 60,000. */
  readonly usedAtResolutionMs?: number | undefined;
  readonly logger?: Logger | undefined;
}

export const defaultKeyPrefix = 'memobuild';
/** Larger bodies would hold up other commands: Redis executes one at a time. */
export const defaultInlineBytesMax: number = 16 * 2 ** 10;
export const defaultDeadlineMs = 3_000;
export const defaultUsedAtResolutionMs = 60_000;
