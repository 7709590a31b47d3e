import type { LoadDescriptor } from '../shared/load-descriptor.ts';
import { ccacheName } from './name.ts';

export const ccacheLoad: LoadDescriptor<typeof ccacheName> = {
  name: ccacheName,
  scheme: 'http',
  loadClient: async () => (await import('./load-client.ts')).CcacheArtifactClient,
};
