import type { CacheError, CacheErrorCode } from '../../core/index.ts';
import { jsonResponse, type UniversalResponse } from '../shared/universal.ts';

/** What a client of this API sees of each failure. */
export const apiV1Status = {
  bad_request: 400,
  invalid_key: 400,
  exists: 409,
  digest_mismatch: 400,
  size_mismatch: 400,
  too_large: 413,
  unauthenticated: 401,
  forbidden: 403,
  read_only: 403,
  draining: 503,
  overloaded: 503,
  store_full: 507,
  damaged: 503,
  timeout: 408,
  aborted: 503,
  unavailable: 503,
} satisfies Record<CacheErrorCode, number> as Readonly<Record<CacheErrorCode, number>>;

/** The answer to a failure: its code, and a message for a person. */
export function apiV1Refusal({ code, message }: CacheError): UniversalResponse {
  return jsonResponse(apiV1Status[code], { error: { code, message } });
}
