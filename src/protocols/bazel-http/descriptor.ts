import { sameBothWays } from '../shared/answer-table.ts';
import { hexKeys } from '../shared/entry-example.ts';
import type { HttpDescriptor } from '../shared/server-descriptor.ts';
import { bazelHttpStatus } from './errors.ts';
import { createBazelHttp } from './handler.ts';
import { bazelName } from './name.ts';
import { bazelRoutes } from './routes.ts';

export const bazelHttp: HttpDescriptor & {
  /** Its small requests, which the server's fast path serves: their names, by space and method. */
  readonly smallRequests: typeof bazelRoutes;
} = {
  kind: 'http',
  name: bazelName,
  mounts: [],
  namespace: undefined,
  docsPage: 'clients/bazel.md',
  answers: sameBothWays(bazelHttpStatus),
  create: createBazelHttp,
  smallRequests: bazelRoutes,
  examples: [{ prefix: '/team/ac', keys: hexKeys(64) }],
};
