import type { CacheError } from '../../core/index.ts';
import { answersLike } from '../shared/answer-table.ts';
import {
  type FailedKind,
  failureText,
  missUnlessRefused,
  type StatusTable,
} from '../shared/opaque/index.ts';
import { jsonResponse, type UniversalResponse } from '../shared/universal.ts';

/**
 * What Turborepo sees of each failure. No status fails its build, but it asks again two seconds later
 * for what was 429 or 5xx: a lookup that cannot be answered is a miss. Credentials stay 401 and 403,
 * which it names to the user.
 */
export const turborepoStatus: StatusTable = answersLike(missUnlessRefused, {
  lookup: { bad_request: 400, invalid_key: 400, too_large: 413 },
});

/**
 * The answer to a failure in the form of Vercel's API, without which Turborepo complains about JSON
 * and hides the reason.
 */
export function turborepoRefusal(error: CacheError, kind: FailedKind): UniversalResponse {
  const status = turborepoStatus[error.code][kind];
  const code = status === 403 ? 'forbidden' : error.code;
  return jsonResponse(status, { error: { code, message: failureText(error) } });
}
