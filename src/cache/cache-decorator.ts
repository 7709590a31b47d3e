import type { Cache } from './cache.ts';

/**
 * Wraps a cache and observes who asks for what: to count, to record, to trace. Closing what it
 * answers closes the cache inside as well.
 */
export type CacheDecorator = (cache: Cache) => Cache;

/** Puts decorators around a cache, each around those before it. */
export function decorated(cache: Cache, decorators: readonly CacheDecorator[]): Cache {
  return decorators.reduce((inner, decorate) => decorate(inner), cache);
}
