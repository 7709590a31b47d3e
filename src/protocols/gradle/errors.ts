import type { CacheErrorCode } from '../../core/index.ts';
import { type FailureStatus, on, type StatusTable } from '../shared/opaque/index.ts';

/**
 * What Gradle sees of each failure. After one answer that is neither 2xx nor, to a GET, 404 Gradle
 * leaves the cache alone for the rest of the build, which goes on: so a lookup that cannot be
 * answered is a miss. For a store there is no such answer that would be true; only credentials are
 * told apart from misses, since Gradle then names them as the cause.
 */
export const gradleStatus: StatusTable = {
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
