import { answersLike } from '../shared/answer-table.ts';
import { missUnlessRefused, type StatusTable } from '../shared/opaque/index.ts';

/**
 * What sccache sees of each failure. It compiles itself whatever the answer; at its start a probe
 * that may not write makes it read only, which is what 403 and 507 are to say.
 */
export const webdavStatus: StatusTable = answersLike(missUnlessRefused, {
  lookup: { bad_request: 400, invalid_key: 400 },
  store: { exists: 412 },
});
