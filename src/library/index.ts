export {
  CacheStartError,
  type CacheStartErrorCode,
  type RunningCache,
  type StartCacheOptions,
} from './cache-options.ts';
export { startCache } from './start-cache.ts';
