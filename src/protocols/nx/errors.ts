import type { CacheErrorCode } from '../../core/index.ts';
import { type FailureStatus, on, type StatusTable } from '../shared/opaque/index.ts';

/**
 * What Nx sees of each failure. Nx 24 fails the user's build on a GET that is neither 200 nor 404 and
 * on a PUT that is none of 200, 403 and 409 (which it passes over in silence). So a lookup that
 * cannot be answered is a miss, which it is to the one who asked, and a store that was not done is
 * forbidden; the body says the reason.
 */
export const nxStatus: StatusTable = {
  bad_request: on(404, 403),
  invalid_key: on(404, 403),
  exists: on(404, 409),
  digest_mismatch: on(404, 403),
  size_mismatch: on(404, 403),
  too_large: on(404, 403),
  unauthenticated: on(404, 403),
  forbidden: on(404, 403),
  read_only: on(404, 403),
  draining: on(404, 403),
  overloaded: on(404, 403),
  store_full: on(404, 403),
  damaged: on(404, 403),
  timeout: on(404, 403),
  aborted: on(404, 403),
  unavailable: on(404, 403),
} satisfies Record<CacheErrorCode, FailureStatus>;
