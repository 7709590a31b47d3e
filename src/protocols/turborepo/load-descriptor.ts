import type { LoadDescriptor } from '../shared/load-descriptor.ts';
import { turborepoName } from './name.ts';

export const turborepoLoad: LoadDescriptor<typeof turborepoName> = {
  name: turborepoName,
  scheme: 'http',
  loadClient: async () => (await import('./load-client.ts')).TurborepoArtifactClient,
};
