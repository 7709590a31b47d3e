export * from './driver.ts';
export * from './objects/s3-access.ts';
export * from './open.ts';
export * from './options.ts';
export type { RedisAccess } from './redis/connect-redis.ts';
export * from './redis/redis-address.ts';
