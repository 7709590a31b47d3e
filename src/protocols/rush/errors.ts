import type { CacheErrorCode } from '../../core/index.ts';
import { type FailureStatus, on, type StatusTable } from '../shared/opaque/index.ts';

/**
 * What Rush sees of each failure. It takes 404 to a GET for a miss and notes a 503 in passing;
 * everything else is a warning, and a production build that warned has failed. Missing credentials
 * are 401, upon which it asks again with them.
 */
export const rushStatus: StatusTable = {
  bad_request: on(404, 503),
  invalid_key: on(404, 503),
  exists: on(404, 503),
  digest_mismatch: on(404, 503),
  size_mismatch: on(404, 503),
  too_large: on(404, 503),
  unauthenticated: on(401, 401),
  forbidden: on(404, 503),
  read_only: on(404, 503),
  draining: on(404, 503),
  overloaded: on(404, 503),
  store_full: on(404, 503),
  damaged: on(404, 503),
  timeout: on(404, 503),
  aborted: on(404, 503),
  unavailable: on(404, 503),
} satisfies Record<CacheErrorCode, FailureStatus>;
