import type { LoadDescriptor } from '../shared/load-descriptor.ts';
import { redisName } from './name.ts';

export const redisLoad: LoadDescriptor<typeof redisName> = {
  name: redisName,
  scheme: 'redis',
  loadClient: async () => (await import('./load-client.ts')).RedisArtifactClient,
};
