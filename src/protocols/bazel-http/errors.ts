import type { CacheError, CacheErrorCode } from '../../core/index.ts';
import { textResponse, type UniversalResponse } from '../shared/universal.ts';

/**
 * What a client of this protocol sees of each failure. Bazel goes on building whatever it is told,
 * so each status is the plain one.
 */
export const bazelHttpStatus = {
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
  // The entry is dropped by now, so not found is the truth.
  damaged: 404,
  timeout: 408,
  aborted: 503,
  unavailable: 503,
} satisfies Record<CacheErrorCode, number> as Readonly<Record<CacheErrorCode, number>>;

/** The answer to a failure: a line of text, far below the 10 KiB that Bazel reads of an error. */
export function bazelRefusal(error: CacheError): UniversalResponse {
  return textResponse(
    bazelHttpStatus[error.code],
    `${error.code}: ${error.message.slice(0, errorTextCharsMax)}`,
  );
}

const errorTextCharsMax = 1000;
