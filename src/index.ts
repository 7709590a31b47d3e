/**
 * The library: `import { startCache } from 'memobuild'` starts a cache. The load test is
 * `memobuild/loadtest`, stores are `memobuild/storage`; neither is loaded from here.
 */
export { memobuildVersion } from './core/index.ts';
export * from './library/index.ts';
