import type { CacheError } from '../../../core/index.ts';
import {
  type AnswerTable,
  answersAlike,
  answersLike,
  plainStatus,
  sameBothWays,
} from '../answer-table.ts';
import { textResponse, type UniversalResponse } from '../universal.ts';

/** One protocol's answers: a status for everything that can go wrong inside. */
export type StatusTable = AnswerTable<number>;

/** A lookup that failed, or a store. */
export type FailedKind = keyof StatusTable['unavailable'];

/** Each status is the plain one, whoever asks. */
export const plainStatuses: StatusTable = sameBothWays(plainStatus);

/**
 * For tools that take 404 for a miss and would suffer from any other failure of a lookup: a lookup
 * that cannot be answered is a miss. Only refused credentials have an answer of their own, since the tool then
 * names them as the cause. A store that failed has its plain status: no other would be true.
 */
export const missUnlessRefused: StatusTable = answersLike(answersAlike(404, 503), {
  lookup: { unauthenticated: 401, forbidden: 403 },
  store: plainStatus,
});

/** The answer to a failure: its status, and a line that says what happened whatever the status pretends. */
export function textRefusal(
  table: StatusTable,
  error: CacheError,
  kind: FailedKind,
): UniversalResponse {
  return textResponse(table[error.code][kind], failureText(error));
}

/** `code: message`, bounded: some clients read no more than 10 KiB of an error. */
export function failureText(error: CacheError): string {
  return `${error.code}: ${error.message.slice(0, 1000)}`;
}
