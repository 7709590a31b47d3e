/** The library: the cache, its stores, and the load test (also as `memobuild/loadtest`). */
export * from './core/index.ts';
