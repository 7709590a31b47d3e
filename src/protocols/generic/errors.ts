import { answersLike } from '../shared/answer-table.ts';
import { plainStatuses, type StatusTable } from '../shared/opaque/index.ts';

/** What a client of the generic form sees of each failure: no particular tool depends on it, so each status is the plain one. */
export const genericStatus: StatusTable = answersLike(plainStatuses, {
  // `exists` results from `If-None-Match: *` only, whose failure is 412 (RFC 9110, 13.1.2). A
  // damaged entry is dropped by now, so not found is the truth. 408 would blame the client's body.
  lookup: { exists: 412, damaged: 404, timeout: 503 },
  store: { exists: 412 },
});
