import type { LoadDescriptor } from '../shared/load-descriptor.ts';
import { gradleName } from './name.ts';

export const gradleLoad: LoadDescriptor<typeof gradleName> = {
  name: gradleName,
  scheme: 'http',
  loadClient: async () => (await import('./load-client.ts')).GradleArtifactClient,
};
