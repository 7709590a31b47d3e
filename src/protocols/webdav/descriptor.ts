import { hexKeys } from '../shared/entry-example.ts';
import type { HttpDescriptor } from '../shared/server-descriptor.ts';
import { webdavStatus } from './errors.ts';
import { createWebdav, webdavPolicy } from './handler.ts';
import { webdavName } from './name.ts';
import { webdavMount } from './wire.ts';

export const webdav: HttpDescriptor = {
  kind: 'http',
  name: webdavName,
  mounts: [webdavMount],
  namespace: webdavName,
  docsPage: 'clients/sccache.md',
  answers: webdavStatus,
  create: createWebdav,
  rules: webdavPolicy,
  examples: [{ prefix: '/dav/prefix', keys: hexKeys(64, inDirs) }],
  noLoadClient: "after sccache's probe at its start, its GET and PUT are what `generic` sends",
};

function inDirs(key: string): string {
  return `${key[0]}/${key[1]}/${key[2]}/${key}`;
}
