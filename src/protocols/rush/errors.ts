import { answersAlike, answersLike } from '../shared/answer-table.ts';
import type { StatusTable } from '../shared/opaque/index.ts';

/**
 * What Rush sees of each failure. It takes 404 to a GET for a miss. A store that failed is a
 * warning whatever its status, and a build with warnings fails unless its command allows them; 503
 * is the status that Rush reports in plain words. Missing credentials are 401, after which it asks
 * again with them.
 */
export const rushStatus: StatusTable = answersLike(answersAlike(404, 503), {
  lookup: { unauthenticated: 401 },
  store: { unauthenticated: 401 },
});
