import { createHash } from 'node:crypto';
import { drivenByWrk } from '../framework/contenders.ts';
import type { Row, RowContext } from '../framework/row.ts';
import type { SpawnedServer } from '../framework/spawned.ts';
import { exchange } from '../peers/data-set.ts';
import { startMemobuild } from '../peers/memobuild.ts';
import { startNginx } from '../peers/nginx.ts';

/** PUT of small and middle bodies, each acknowledged when a `kill -9` can no longer take it. */
export const writes: readonly Row[] = [
  writesRow({ name: 'put-1k', sizeBytes: 1024, keys: 50_000 }),
  writesRow({ name: 'put-64k', sizeBytes: 64 * 1024, keys: 4_000 }),
];

function writesRow(options: { name: string; sizeBytes: number; keys: number }): Row {
  const { name, sizeBytes, keys } = options;
  const connections = 32;
  const body = 'b'.repeat(sizeBytes);
  const paths = (): string[] =>
    Array.from({ length: keys }, (_, index) => `/ac/${sha256(`${name} ${index}`)}`);
  const contentPath = `/cas/${sha256(body)}`;
  return {
    name,
    title: `PUT of ${sizeBytes / 1024} KiB, ${connections} connections, wrk`,
    target: 3,
    tools: ['wrk', 'nginx'],
    columns: ['opsPerSec', 'p50Ms', 'p99Ms', 'cpuUsPerOp', 'errors'],
    contenders: [
      drivenByWrk('memobuild', 'ours', {
        start: (context) => taking(startMemobuild(context), body),
        load: () => ({ connections, paths: paths(), method: 'PUT', body }),
      }),
      drivenByWrk('memobuild, content blob that exists', 'ours', {
        start: (context) => holding(context, contentPath, body),
        load: { connections, paths: [contentPath], method: 'PUT', body },
      }),
      drivenByWrk('nginx WebDAV', 'peer', {
        start: (context) => taking(startNginx(context, { openFileCache: false, dav: true }), body),
        load: () => ({ connections, paths: paths(), method: 'PUT', body }),
      }),
    ],
    comparisons: [
      { ours: 'memobuild', metric: 'opsPerSec', against: 'nginx WebDAV', must: 1 },
      { ours: 'memobuild', metric: 'p99Ms', against: 'nginx WebDAV' },
      {
        ours: 'memobuild, content blob that exists',
        metric: 'opsPerSec',
        against: 'nginx WebDAV',
      },
      { ours: 'memobuild', metric: 'errors', must: 0 },
    ],
    notes: [
      `${keys} keys are written in turn, so later rounds overwrite; nothing is synced to the disk by either (a power cut may take it, a kill may not).`,
      'memobuild hashes each body; nginx writes a temporary file and renames it.',
    ],
  };
}

/** Proves that a server takes a body and gives it back. */
async function taking(starting: Promise<SpawnedServer>, body: string): Promise<SpawnedServer> {
  const server = await starting;
  const url = `${server.url}/ac/${sha256('proof')}`;
  const { status } = await exchange(url, 'PUT', body);
  const back = await exchange(url, 'GET');
  if (status >= 300 || back.body.toString('latin1') !== body) {
    throw new Error(`${url} did not keep what was put there: ${status}, ${back.status}`);
  }
  return server;
}

async function holding(context: RowContext, path: string, body: string): Promise<SpawnedServer> {
  const server = await startMemobuild(context);
  const { status } = await exchange(`${server.url}${path}`, 'PUT', body);
  if (status !== 200) throw new Error(`PUT ${path}: ${status}`);
  return server;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
