import type { HttpDescriptor } from '../shared/server-descriptor.ts';
import { genericStatus } from './errors.ts';
import { createGeneric, genericPolicy } from './handler.ts';
import { genericName, genericNamespace } from './name.ts';
import { genericMount } from './wire.ts';

export const generic: HttpDescriptor = {
  kind: 'http',
  name: genericName,
  mounts: [genericMount],
  namespace: genericNamespace,
  docsPage: 'clients/generic.md',
  answers: genericStatus,
  create: createGeneric,
  rules: genericPolicy,
  examples: [
    {
      prefix: '/blobs/space',
      keys: ['@scope+app/build-01234567', 'app%20one/_phase%3Abuild', 'caf%C3%A9'],
    },
  ],
};
