import { drivenByWrk, filled, proven, withMemoryGrowth } from '../framework/contenders.ts';
import type { Contender, Row, RowContext, Sample } from '../framework/row.ts';
import type { SpawnedServer } from '../framework/spawned.ts';
import { prepareWrk } from '../framework/wrk.ts';
import { createDataSet, type DataSet } from '../peers/data-set.ts';
import { startMemobuild } from '../peers/memobuild.ts';
import { startNginx } from '../peers/nginx.ts';
import { uploadLarge } from '../peers/upload-large.ts';

const mib = 2 ** 20;
const largeBytes = 100 * mib;
const largeConnections = 4;

/** Middle blobs, and ones too large to be held in memory. */
export const blobs: readonly Row[] = [middleRow(), largeGetRow(), largePutRow()];

function middleRow(): Row {
  const dataSet = (): DataSet => createDataSet({ count: 500, sizeBytes: 64 * 1024 });
  const load = () => ({ connections: 32, paths: dataSet().paths });
  return {
    name: 'get-64k',
    title: 'GET of 64 KiB, 32 connections, wrk',
    target: 4,
    tools: ['wrk', 'nginx'],
    columns: ['opsPerSec', 'bytesPerSec', 'p50Ms', 'p99Ms', 'cpuUsPerOp', 'errors'],
    contenders: [
      drivenByWrk('memobuild', 'ours', {
        start: (context) => filled(startMemobuild(context), dataSet()),
        load,
      }),
      drivenByWrk('nginx, open_file_cache', 'peer', {
        start: (context) => nginxWith(context, dataSet()),
        load,
      }),
    ],
    comparisons: [
      { ours: 'memobuild', metric: 'opsPerSec', against: 'nginx, open_file_cache', must: 0.8 },
      { ours: 'memobuild', metric: 'p99Ms', against: 'nginx, open_file_cache' },
      { ours: 'memobuild', metric: 'errors', must: 0 },
    ],
    notes: ['memobuild verifies each body before its first byte; nginx sends files with sendfile.'],
  };
}

function largeGetRow(): Row {
  const dataSet = (): DataSet => createDataSet({ count: 2, sizeBytes: largeBytes });
  const large = largeContender(async (server, context, role) => {
    const drive = await prepareWrk(context, role, {
      connections: largeConnections,
      paths: dataSet().paths,
    });
    return ({ seconds }) => drive(server, seconds);
  });
  return {
    name: 'get-100m',
    title: `GET of 100 MiB, ${largeConnections} connections, wrk`,
    target: 4,
    tools: ['wrk', 'nginx'],
    columns: ['bytesPerSec', 'memoryMb', 'errors'],
    contenders: [
      large('memobuild', 'ours', (context) => filled(startMemobuild(context), dataSet())),
      large('nginx, open_file_cache', 'peer', (context) => nginxWith(context, dataSet())),
    ],
    comparisons: [
      { ours: 'memobuild', metric: 'bytesPerSec', against: 'nginx, open_file_cache', must: 0.7 },
      { ours: 'memobuild', metric: 'memoryMb', must: 64 },
      { ours: 'memobuild', metric: 'errors', must: 0 },
    ],
    notes: [
      'memobuild hashes a large body while it streams and resets the connection where the hash differs; nginx sends unread pages.',
      'Memory is the most that was held beyond what was held before the round. Bytes are counted by wrk as they come, so a body cut off at the end of a round counts for what arrived.',
    ],
  };
}

function largePutRow(): Row {
  const large = largeContender(
    async (server) =>
      ({ seconds }) =>
        uploadLarge(server, { connections: largeConnections, sizeBytes: largeBytes, seconds }),
  );
  return {
    name: 'put-100m',
    title: `PUT of 100 MiB, ${largeConnections} connections, a client of node:net`,
    target: 4,
    tools: ['nginx'],
    columns: ['bytesPerSec', 'memoryMb', 'errors'],
    contenders: [
      large('memobuild', 'ours', (context) => startMemobuild(context)),
      large('nginx WebDAV', 'peer', (context) =>
        startNginx(context, { openFileCache: false, dav: true }),
      ),
    ],
    comparisons: [
      { ours: 'memobuild', metric: 'bytesPerSec', against: 'nginx WebDAV', must: 0.7 },
      { ours: 'memobuild', metric: 'memoryMb', must: 64 },
      { ours: 'memobuild', metric: 'errors', must: 0 },
    ],
    notes: [
      'Memory is the most that was held beyond what was held before the round. Each connection overwrites a key of its own; only acknowledged bodies are counted.',
    ],
  };
}

type Role = Contender['role'];
type Measure = (plan: { readonly seconds: number }) => Promise<Sample>;

/** Contenders of which the memory counts; `prepare` connects the client to the server. */
function largeContender(
  prepare: (server: SpawnedServer, context: RowContext, role: Role) => Promise<Measure>,
) {
  return (
    name: string,
    role: Role,
    start: (context: RowContext) => Promise<SpawnedServer>,
  ): Contender => ({
    name,
    role,
    prepare: async (context) => {
      const server = await start(context);
      return { measure: withMemoryGrowth(server, await prepare(server, context, role)) };
    },
  });
}

function nginxWith(context: RowContext, data: DataSet): Promise<SpawnedServer> {
  return proven(startNginx(context, { openFileCache: true, data }), data);
}
