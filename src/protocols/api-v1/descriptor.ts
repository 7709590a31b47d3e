import type { HttpDescriptor } from '../shared/server-descriptor.ts';
import { createApiV1 } from './handler.ts';
import { apiV1Name } from './name.ts';

/** The server's own API: lookups in bulk, purges and statistics. */
export const apiV1: HttpDescriptor = {
  kind: 'http',
  name: apiV1Name,
  mounts: ['/api'],
  namespace: undefined,
  docsPage: 'serve.md',
  answers: undefined,
  create: createApiV1,
  // It reads and removes entries, and stores none.
  examples: [],
  noLoadClient: 'it stores nothing, so no load can be made with it',
};
