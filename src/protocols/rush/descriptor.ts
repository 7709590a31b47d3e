import type { HttpDescriptor } from '../shared/server-descriptor.ts';
import { rushStatus } from './errors.ts';
import { createRush, rushPolicy } from './handler.ts';
import { rushName } from './name.ts';
import { rushMount } from './wire.ts';

const hash = '0123456789abcdef0123456789abcdef01234567';
const rushKeys = [
  `@scope+app/build-${hash}`,
  `app%20one/_phase%3Abuild-${hash}`,
  `caf%C3%A9-${hash}`,
] as const;

export const rush: HttpDescriptor = {
  kind: 'http',
  name: rushName,
  mounts: [rushMount],
  namespace: rushName,
  docsPage: 'clients/rush.md',
  answers: rushStatus,
  create: createRush,
  rules: rushPolicy,
  examples: [
    { prefix: '/rush', keys: rushKeys },
    { form: 'POST', prefix: '/rush', keys: rushKeys, storeMethod: 'POST' },
  ],
  noLoadClient: 'its GET and PUT of a free-text key are what `generic` sends',
};
