import assert from 'node:assert/strict';
import { CacheError, type CacheErrorCode } from '../../core/index.ts';

/** For `assert.rejects`: the error is the cache's own, with this code. */
export function isCacheError(error: unknown, code: CacheErrorCode): boolean {
  assert(error instanceof CacheError, `not a CacheError: ${String(error)}`);
  assert.equal(error.code, code);
  return true;
}
