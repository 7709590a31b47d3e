import { answersAlike, answersLike } from '../shared/answer-table.ts';
import type { StatusTable } from '../shared/opaque/index.ts';

/**
 * What Rush sees of each failure. It takes 404 to a GET for a miss and notes a 503 in passing;
 * everything else is a warning, and a production build that warned has failed. Missing credentials
 * are 401, upon which it asks again with them.
 */
export const rushStatus: StatusTable = answersLike(answersAlike(404, 503), {
  lookup: { unauthenticated: 401 },
  store: { unauthenticated: 401 },
});
