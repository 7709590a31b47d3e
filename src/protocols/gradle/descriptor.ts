import { hexKeys } from '../shared/entry-example.ts';
import type { HttpDescriptor } from '../shared/server-descriptor.ts';
import { gradleStatus } from './errors.ts';
import { createGradle, gradlePolicy } from './handler.ts';
import { gradleName } from './name.ts';
import { gradleMount, gradleNodeMount } from './wire.ts';

export const gradle: HttpDescriptor = {
  kind: 'http',
  name: gradleName,
  mounts: [gradleMount],
  sharedMounts: [gradleNodeMount],
  namespace: gradleName,
  docsPage: 'clients/gradle.md',
  answers: gradleStatus,
  create: createGradle,
  rules: gradlePolicy,
  examples: [
    { prefix: '/cache', keys: hexKeys(32) },
    { form: 'team', prefix: '/gradle/team', keys: hexKeys(32) },
  ],
};
