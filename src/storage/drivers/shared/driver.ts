import { CacheError } from '../../../core/index.ts';
import { duration, size, text } from '../../../core/settings/index.ts';
import type { StoreDriver } from '../../store-driver.ts';
import { lockStoreDirectory } from '../embedded/index.ts';
import {
  type LocalTierSettings,
  localTierOf,
  localTierSettings,
} from './local-tier/local-tier-settings.ts';
import { checkEngines, openSharedStore, rebuildSharedStore } from './open.ts';
import {
  defaultDeadlineMs,
  defaultInlineBytesMax,
  defaultKeyPrefix,
  type SharedStoreOptions,
} from './options.ts';
import { parseRedisAddress, redisAddressTakes } from './redis/redis-address.ts';
import { type S3Settings, s3AccessOf, s3Settings } from './s3-settings.ts';

/** The shared store's settings in the server's configuration. */
export interface SharedSettings extends S3Settings, LocalTierSettings {
  readonly redis: string | undefined;
  readonly redisPrefix: string;
  readonly redisPasswordFile: string | undefined;
  readonly redisSentinelPasswordFile: string | undefined;
  readonly redisCaFile: string | undefined;
  readonly redisCertFile: string | undefined;
  readonly redisKeyFile: string | undefined;
  readonly redisTimeoutMs: number;
  readonly inlineBytesMax: number;
}

const file = {
  ...text('the path of a file'),
  defaultValue: undefined,
  needsRestart: true,
} as const;

/** Entries live in Redis, and larger bodies in S3, where any number of nodes reach them; see {@link openSharedStore}. */
export const sharedDriver: StoreDriver<SharedSettings> = {
  name: 'shared',
  about: 'keeps entries in --redis and --s3, for any number of nodes',
  sharedBy: 'machines',
  settings: {
    redis: {
      name: 'redis',
      read: (given) => (parseRedisAddress(given) === undefined ? undefined : given),
      takes: redisAddressTakes,
      defaultValue: undefined,
      about: 'address of the Redis of the shared store, or of its Sentinels',
      flag: '--redis <url>',
      needsRestart: true,
    },
    redisPrefix: {
      name: 'redisPrefix',
      read: (given) => (/^[\w.-]{1,64}$/.test(given) ? given : undefined),
      takes: 'up to 64 letters, digits and any of _ . -',
      defaultValue: defaultKeyPrefix,
      about: 'name of the shared store among others in one Redis',
      flag: '--redis-prefix <name>',
      needsRestart: true,
    },
    redisPasswordFile: {
      ...file,
      name: 'redisPasswordFile',
      about: 'file with the password for Redis',
      flag: '--redis-password-file <file>',
    },
    redisSentinelPasswordFile: {
      ...file,
      name: 'redisSentinelPasswordFile',
      about: 'file with the password for the Sentinels',
      flag: '--redis-sentinel-password-file <file>',
    },
    redisCaFile: {
      ...file,
      name: 'redisCa',
      about: 'certificates that a Redis with TLS is trusted by',
      flag: '--redis-ca <file>',
    },
    redisCertFile: {
      ...file,
      name: 'redisCert',
      about: 'client certificate for a Redis with TLS',
      flag: '--redis-cert <file>',
    },
    redisKeyFile: {
      ...file,
      name: 'redisKey',
      about: 'private key of --redis-cert',
      flag: '--redis-key <file>',
    },
    redisTimeoutMs: {
      name: 'redisTimeout',
      ...duration(100),
      defaultValue: defaultDeadlineMs,
      about: 'how long one call to Redis may take, its retries included',
      needsRestart: true,
    },
    inlineBytesMax: {
      name: 'inlineMax',
      read: (given) => {
        const bytes = inlineSize.read(given);
        return bytes !== undefined && bytes <= inlineBytesLimit ? bytes : undefined;
      },
      takes: 'a size from 1KiB to 16MiB',
      defaultValue: defaultInlineBytesMax,
      about: 'largest body that the shared store keeps in Redis; larger ones go to --s3',
      flag: '--inline-max <size>',
      needsRestart: true,
    },
    ...s3Settings,
    ...localTierSettings,
  },
  abilities: { exactBound: true, strictLru: true },
  problems: ({ redis, redisCertFile, redisKeyFile, s3, bucket, s3KmsKey, ...settings }) => [
    ...(redis === undefined ? ['--store shared requires --redis'] : []),
    ...((redisCertFile === undefined) !== (redisKeyFile === undefined)
      ? ['--redis-cert and --redis-key must be given together']
      : []),
    ...((s3 === undefined) !== (bucket === undefined)
      ? ['--s3 and --bucket must be given together']
      : []),
    ...(s3KmsKey !== undefined && settings.s3Encryption !== 'aws:kms'
      ? ['--s3-kms-key requires --s3-sse aws:kms']
      : []),
    ...(settings.localTierDir !== undefined && s3 === undefined
      ? ['--local-tier requires --s3']
      : []),
  ],
  open: (settings, options) => openSharedStore({ ...options, ...storeOptionsOf(settings) }),
  lock: async ({ localTierDir: dir }, { logger }) =>
    dir === undefined ? undefined : await lockStoreDirectory({ dir, logger }),
  rebuild: async (settings, options) => {
    const store = storeOptionsOf(settings);
    if (store.s3 === undefined) {
      throw new CacheError('unavailable', 'there is nothing to rebuild from without --s3');
    }
    return await rebuildSharedStore({ ...store, maxBytes: options.maxBytes }, options);
  },
  check: (settings, { logger }) => checkEngines({ ...storeOptionsOf(settings), logger }),
};

const inlineSize = size(1_024);
const inlineBytesLimit = 16 * 2 ** 20;

function storeOptionsOf(settings: SharedSettings): Omit<SharedStoreOptions, 'maxBytes'> {
  const address = parseRedisAddress(settings.redis ?? '');
  if (address === undefined) throw new Error('the configuration was not checked');
  return {
    redis: {
      address,
      passwordFile: settings.redisPasswordFile,
      sentinelPasswordFile: settings.redisSentinelPasswordFile,
      caFile: settings.redisCaFile,
      certFile: settings.redisCertFile,
      keyFile: settings.redisKeyFile,
    },
    keyPrefix: settings.redisPrefix,
    inlineBytesMax: settings.inlineBytesMax,
    deadlineMs: settings.redisTimeoutMs,
    s3: s3AccessOf(settings),
    s3TimeoutMs: settings.s3TimeoutMs,
    graceMs: settings.s3GraceMs,
    localTier: localTierOf(settings),
  };
}
