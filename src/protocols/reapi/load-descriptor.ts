import type { LoadDescriptor } from '../shared/load-descriptor.ts';
import { reapiName } from './name.ts';

export const reapiLoad: LoadDescriptor<typeof reapiName> = {
  name: reapiName,
  scheme: 'grpc',
  loadClient: async () => (await import('./load-client.ts')).ReapiArtifactClient,
};
