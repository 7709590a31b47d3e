import { answersLike } from '../shared/answer-table.ts';
import { missUnlessRefused, type StatusTable } from '../shared/opaque/index.ts';

/**
 * What ccache sees of each failure. It treats whatever is not 2xx as a miss or a failed store,
 * compiles, and does not use the remote again for that compilation. So a wrong request, and a
 * server that takes no work, get their plain status; every other failed lookup is a miss, after
 * which ccache still stores.
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
