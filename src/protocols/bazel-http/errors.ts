import type { CacheError } from '../../core/index.ts';
import { type AnswerColumn, plainStatus } from '../shared/answer-table.ts';
import { textResponse, type UniversalResponse } from '../shared/universal.ts';

/**
 * What a client of this protocol sees of each failure. Bazel goes on building whatever the answer,
 * so each status is the plain one.
 */
export const bazelHttpStatus: AnswerColumn<number> = {
  ...plainStatus,
  // The entry is dropped by now, so not found is the truth.
  damaged: 404,
};

/** The answer to a failure: a line of text, far below the 10 KiB that Bazel reads of an error. */
export function bazelRefusal(error: CacheError): UniversalResponse {
  return textResponse(
    bazelHttpStatus[error.code],
    `${error.code}: ${error.message.slice(0, errorTextCharsMax)}`,
  );
}

const errorTextCharsMax = 1000;
