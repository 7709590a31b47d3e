export * from './driver.ts';
export type { LocalTierSettings } from './local-tier/local-tier-settings.ts';
export type { LocalTierPlace } from './local-tier/open-local-tier.ts';
export * from './objects/s3-access.ts';
export * from './open.ts';
export * from './options.ts';
export type { RedisAccess } from './redis/connect-redis.ts';
export * from './redis/redis-address.ts';
