import { answersLike } from '../shared/answer-table.ts';
import { missUnlessRefused, type StatusTable } from '../shared/opaque/index.ts';

/**
 * What ccache sees of each failure. It takes whatever is not 2xx for a miss, or for a store that was
 * not done, compiles, and leaves the remote alone for that one compilation. So a wrong request and a
 * server that takes no work are answered plainly; every other lookup that failed is a miss, which
 * lets the store follow.
 */
export const ccacheStatus: StatusTable = answersLike(missUnlessRefused, {
  lookup: {
    bad_request: 400,
    invalid_key: 400,
    draining: 503,
    overloaded: 503,
    aborted: 503,
    unavailable: 503,
  },
});
