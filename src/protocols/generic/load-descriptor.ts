import type { LoadDescriptor } from '../shared/load-descriptor.ts';
import { genericName } from './name.ts';

export const genericLoad: LoadDescriptor<typeof genericName> = {
  name: genericName,
  scheme: 'http',
  loadClient: async () => (await import('./load-client.ts')).GenericArtifactClient,
};
