import { hexKeys } from '../shared/entry-example.ts';
import type { ListenerDescriptor } from '../shared/server-descriptor.ts';
import { redisFailure } from './errors.ts';
import { redisName } from './name.ts';

export const redis: ListenerDescriptor = {
  kind: 'listener',
  scheme: 'redis',
  name: redisName,
  mounts: [],
  namespace: redisName,
  docsPage: 'clients/ccache.md',
  answers: redisFailure,
  examples: [{ prefix: 'ccache:', keys: hexKeys(40) }],
};
