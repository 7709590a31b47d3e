import type { CacheErrorCode } from '../../core/index.ts';
import { type FailureStatus, on, type StatusTable } from '../shared/opaque/index.ts';

/** What a client of the generic form sees of each failure: it is nobody's tool, so each status is the plain one. */
export const genericStatus: StatusTable = {
  bad_request: on(400, 400),
  invalid_key: on(400, 400),
  // It comes of `If-None-Match: *` alone, whose failure is 412 (RFC 9110, 13.1.2).
  exists: on(412, 412),
  digest_mismatch: on(400, 400),
  size_mismatch: on(400, 400),
  too_large: on(413, 413),
  unauthenticated: on(401, 401),
  forbidden: on(403, 403),
  read_only: on(403, 403),
  draining: on(503, 503),
  overloaded: on(503, 503),
  store_full: on(507, 507),
  damaged: on(404, 503),
  timeout: on(503, 408),
  aborted: on(503, 503),
  unavailable: on(503, 503),
} satisfies Record<CacheErrorCode, FailureStatus>;
