import type { HttpDescriptor } from '../shared/server-descriptor.ts';
import { mavenStatus } from './errors.ts';
import { createMaven, mavenPolicy } from './handler.ts';
import { mavenName } from './name.ts';
import { mavenMount } from './wire.ts';

export const maven: HttpDescriptor = {
  kind: 'http',
  name: mavenName,
  mounts: [mavenMount],
  namespace: mavenName,
  docsPage: 'clients/maven.md',
  answers: mavenStatus,
  create: createMaven,
  rules: mavenPolicy,
  examples: [
    {
      prefix: '/maven/v1.1',
      keys: [
        'org.example/app/8f2a11c04be2b3aa/buildinfo.xml',
        'org.example/app/8f2a11c04be2b3aa/app.jar',
        '1f6e/build-cache-report.xml',
      ],
    },
  ],
  noLoadClient: "the extension's GET and PUT of a file below a path are what `generic` sends",
};
