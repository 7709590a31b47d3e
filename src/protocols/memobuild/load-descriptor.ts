import type { LoadDescriptor } from '../shared/load-descriptor.ts';

export const memobuildLoad: LoadDescriptor<'memobuild'> = {
  name: 'memobuild',
  scheme: 'http',
  loadClient: async () => (await import('./load-client.ts')).MemobuildArtifactClient,
  noServer: 'its requests are those of Bazel over HTTP to the action cache',
};
