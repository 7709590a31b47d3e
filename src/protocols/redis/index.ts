export type { RedisConnection, RedisOptions } from './context.ts';
export * from './descriptor.ts';
export * from './errors.ts';
export { serveRedis } from './session.ts';
