import { join } from 'node:path';

/** The repository this file lies in. */
export const repositoryRoot: string = join(import.meta.dirname, '..', '..');

/** The program as a user starts it. `npm test` builds what it runs. */
export const programPath: string = join(repositoryRoot, 'bin', 'memobuild.js');
