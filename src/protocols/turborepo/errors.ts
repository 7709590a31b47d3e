import type { CacheError, CacheErrorCode } from '../../core/index.ts';
import { type FailureStatus, failureText, on, type StatusTable } from '../shared/opaque/index.ts';
import { jsonResponse, type UniversalResponse } from '../shared/universal.ts';

/**
 * What Turborepo sees of each failure. No status fails its build, but it asks again two seconds later
 * for what was 429 or 5xx: a lookup that cannot be answered is a miss. Credentials stay 401 and 403,
 * which it names to the user.
 */
export const turborepoStatus: StatusTable = {
  bad_request: on(400, 400),
  invalid_key: on(400, 400),
  exists: on(404, 409),
  digest_mismatch: on(404, 400),
  size_mismatch: on(404, 400),
  too_large: on(413, 413),
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

/** The answer to a failure in the form of Vercel's API, without which Turborepo complains of JSON and hides the reason. */
export function turborepoRefusal(error: CacheError, kind: keyof FailureStatus): UniversalResponse {
  const status = turborepoStatus[error.code][kind];
  const code = status === 403 ? 'forbidden' : error.code;
  return jsonResponse(status, { error: { code, message: failureText(error) } });
}
