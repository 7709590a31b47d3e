import { missUnlessRefused, type StatusTable } from '../shared/opaque/index.ts';

/**
 * What Gradle sees of each failure. After one answer that is neither 2xx nor, to a GET, 404 Gradle
 * leaves the cache alone for the rest of the build, which goes on.
 */
export const gradleStatus: StatusTable = missUnlessRefused;
