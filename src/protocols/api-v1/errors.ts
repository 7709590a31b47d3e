import type { CacheError } from '../../core/index.ts';
import { type AnswerColumn, plainStatus } from '../shared/answer-table.ts';
import { jsonResponse, type UniversalResponse } from '../shared/universal.ts';

/** What a client of this API sees of each failure. */
export const apiV1Status: AnswerColumn<number> = plainStatus;

/** The answer to a failure: its code, and a message for a person. */
export function apiV1Refusal({ code, message }: CacheError): UniversalResponse {
  return jsonResponse(apiV1Status[code], { error: { code, message } });
}
