import { answersAlike, answersLike } from '../shared/answer-table.ts';
import type { StatusTable } from '../shared/opaque/index.ts';

/**
 * What Nx sees of each failure. Nx 24 fails the user's build on a GET that is neither 200 nor 404
 * and on a PUT that is none of 200, 403 and 409 (which it passes over in silence). So a lookup that
 * cannot be answered is a miss, which is what it means to Nx, and a store that failed is forbidden;
 * the body gives the reason.
 */
export const nxStatus: StatusTable = answersLike(answersAlike(404, 403), {
  store: { exists: 409 },
});
