export * from './cache.ts';
export * from './caller.ts';
export { type CacheOptions, createCache } from './create-cache.ts';
