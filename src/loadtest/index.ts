/** The load test as a library: `import { runLoadTest } from 'memobuild/loadtest'`. */
export * from './internal.ts';
