import type { LoadDescriptor } from '../shared/load-descriptor.ts';
import { nxName } from './name.ts';

export const nxLoad: LoadDescriptor<typeof nxName> = {
  name: nxName,
  scheme: 'http',
  loadClient: async () => (await import('./load-client.ts')).NxArtifactClient,
};
