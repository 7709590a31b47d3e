import { hexKeys } from '../shared/entry-example.ts';
import type { HttpDescriptor } from '../shared/server-descriptor.ts';
import { ccacheStatus } from './errors.ts';
import { ccachePolicy, createCcache } from './handler.ts';
import { ccacheName } from './name.ts';
import { ccacheMount } from './wire.ts';

export const ccache: HttpDescriptor = {
  kind: 'http',
  name: ccacheName,
  mounts: [ccacheMount],
  namespace: ccacheName,
  docsPage: 'clients/ccache.md',
  answers: ccacheStatus,
  create: createCcache,
  rules: ccachePolicy,
  examples: [
    { form: 'subdirs', prefix: '/ccache', keys: hexKeys(40, subdirs) },
    { form: 'bazel', prefix: '/ccache/team/ac', keys: hexKeys(64) },
  ],
};

function subdirs(key: string): string {
  return `${key.slice(0, 2)}/${key.slice(2)}`;
}
