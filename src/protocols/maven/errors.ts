import { missUnlessRefused, type StatusTable } from '../shared/opaque/index.ts';

/**
 * What Maven's build-cache extension sees of each failure. It takes 404 for a miss. A store that
 * failed is logged and the build goes on.
 */
export const mavenStatus: StatusTable = missUnlessRefused;
