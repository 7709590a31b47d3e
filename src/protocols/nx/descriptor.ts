import type { HttpDescriptor } from '../shared/server-descriptor.ts';
import { nxStatus } from './errors.ts';
import { createNx, nxPolicy } from './handler.ts';
import { nxName } from './name.ts';
import { nxMount, nxTeamsMount } from './wire.ts';

const decimalKeys = ['2531272304574372066', '18446744073709551615', '7'] as const;

export const nx: HttpDescriptor = {
  kind: 'http',
  name: nxName,
  mounts: [nxMount, nxTeamsMount],
  namespace: nxName,
  docsPage: 'clients/nx.md',
  answers: nxStatus,
  create: createNx,
  rules: nxPolicy,
  examples: [
    { prefix: '/v1/cache', keys: decimalKeys },
    { form: 'team', prefix: '/nx/team/v1/cache', keys: decimalKeys },
  ],
};
