import type { CacheErrorCode } from '../../core/index.ts';
import { type FailureStatus, on, type StatusTable } from '../shared/opaque/index.ts';

/**
 * What ccache sees of each failure. It takes whatever is no 2xx for a miss, or for a store that was
 * not done, compiles, and leaves the remote alone for that one compilation: each status is the plain
 * one, but for lookups the server could not answer, which are misses and let the store follow.
 */
export const ccacheStatus: StatusTable = {
  bad_request: on(400, 400),
  invalid_key: on(400, 400),
  exists: on(404, 409),
  digest_mismatch: on(404, 400),
  size_mismatch: on(404, 400),
  too_large: on(404, 413),
  unauthenticated: on(401, 401),
  forbidden: on(403, 403),
  read_only: on(404, 403),
  draining: on(503, 503),
  overloaded: on(503, 503),
  store_full: on(404, 507),
  damaged: on(404, 503),
  timeout: on(404, 408),
  aborted: on(503, 503),
  unavailable: on(503, 503),
} satisfies Record<CacheErrorCode, FailureStatus>;
