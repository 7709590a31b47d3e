import type { CacheError, CacheErrorCode } from '../../../core/index.ts';
import { textResponse, type UniversalResponse } from '../universal.ts';

/** Which status a failure becomes, apart for those that read and those that write. */
export interface FailureStatus {
  readonly lookup: number;
  readonly store: number;
}

/** One protocol's answers: a status for everything that can go wrong inside. */
export type StatusTable = Readonly<Record<CacheErrorCode, FailureStatus>>;

export function on(lookup: number, store: number): FailureStatus {
  return { lookup, store };
}

/** The answer to a failure: its status, and a line that says what happened whatever the status pretends. */
export function textRefusal(
  table: StatusTable,
  error: CacheError,
  kind: keyof FailureStatus,
): UniversalResponse {
  return textResponse(table[error.code][kind], failureText(error));
}

/** `code: message`, bounded: some clients read no more than 10 KiB of an error. */
export function failureText(error: CacheError): string {
  return `${error.code}: ${error.message.slice(0, 1000)}`;
}
