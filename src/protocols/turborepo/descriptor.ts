import { hexKeys } from '../shared/entry-example.ts';
import type { HttpDescriptor } from '../shared/server-descriptor.ts';
import { turborepoStatus } from './errors.ts';
import { createTurborepo } from './handler.ts';
import { turborepoName } from './name.ts';
import { turborepoMount } from './wire.ts';

export const turborepo: HttpDescriptor = {
  kind: 'http',
  name: turborepoName,
  mounts: [turborepoMount],
  namespace: turborepoName,
  docsPage: 'clients/turborepo.md',
  answers: turborepoStatus,
  create: createTurborepo,
  examples: [{ prefix: '/v8/artifacts', keys: hexKeys(16), query: '?teamId=team_1' }],
};
