import type { LoadDescriptor } from '../shared/load-descriptor.ts';
import { bazelName } from './name.ts';

export const bazelLoad: LoadDescriptor<typeof bazelName> = {
  name: bazelName,
  scheme: 'http',
  loadClient: async () => (await import('./load-client.ts')).BazelHttpArtifactClient,
};
