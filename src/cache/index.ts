export * from './cache.ts';
export * from './cache-decorator.ts';
export * from './caller.ts';
export { countedIn } from './counted-cache.ts';
export { type CacheOptions, createCache } from './create-cache.ts';
export { LookupCounters } from './lookup-counters.ts';
export { namedBlobs, type ReadBlob } from './named-blobs.ts';
