import type { CacheErrorCode } from '../../core/index.ts';
import { type FailureStatus, on, type StatusTable } from '../shared/opaque/index.ts';

/**
 * What Maven's build-cache extension sees of each failure. It takes 404 for a miss, so a lookup that
 * cannot be answered is one. A store that failed is logged and the build goes on.
 */
export const mavenStatus: StatusTable = {
  bad_request: on(404, 400),
  invalid_key: on(404, 400),
  exists: on(404, 409),
  digest_mismatch: on(404, 400),
  size_mismatch: on(404, 400),
  too_large: on(404, 413),
  unauthenticated: on(401, 401),
  forbidden: on(403, 403),
  read_only: on(404, 403),
  draining: on(404, 503),
  overloaded: on(404, 503),
  store_full: on(404, 507),
  damaged: on(404, 503),
  timeout: on(404, 408),
  aborted: on(404, 503),
  unavailable: on(404, 503),
} satisfies Record<CacheErrorCode, FailureStatus>;
