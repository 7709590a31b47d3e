import type { Contender, Row, RowContext } from '../framework/row.ts';
import type { SpawnedServer } from '../framework/spawned.ts';
import { prepareWrk } from '../framework/wrk.ts';
import { createDataSet, type DataSet, proveServes, putAll } from '../peers/data-set.ts';
import { startMemobuild } from '../peers/memobuild.ts';
import { startNginx } from '../peers/nginx.ts';
import { startNodeServer } from '../peers/node-servers.ts';
import { prepareRedis } from '../peers/redis.ts';

const keys = 1000;
const sizeBytes = 1024;
const nginxCached = 'nginx, open_file_cache';

/** GET of 1 KiB hits over keep-alive connections: what a cache does most. */
export const smallHits: readonly Row[] = [
  smallHitsRow(50, {
    comparisons: [
      { ours: 'memobuild', metric: 'opsPerSec', against: nginxCached, must: 1.3, aim: 1.5 },
      { ours: 'memobuild', metric: 'opsPerSec', against: 'nginx' },
      { ours: 'memobuild', metric: 'opsPerSec', against: 'node:http, 2 processes', must: 2 },
      { ours: 'memobuild', metric: 'opsPerSec', against: 'redis GET' },
      { ours: 'memobuild', metric: 'cpuUsPerOp', against: 'bare node:net, 2 processes' },
      { ours: 'memobuild', metric: 'errors', must: 0 },
    ],
  }),
  smallHitsRow(500, {
    comparisons: [
      { ours: 'memobuild', metric: 'opsPerSec', against: nginxCached, must: 1.1, aim: 1.3 },
      { ours: 'memobuild', metric: 'p99Ms', against: nginxCached, must: 2 },
      { ours: 'memobuild', metric: 'opsPerSec', against: 'nginx' },
      { ours: 'memobuild', metric: 'opsPerSec', against: 'node:http, 2 processes', must: 2 },
      { ours: 'memobuild', metric: 'opsPerSec', against: 'redis GET' },
      { ours: 'memobuild', metric: 'errors', must: 0 },
    ],
  }),
];

function smallHitsRow(connections: number, { comparisons }: Pick<Row, 'comparisons'>): Row {
  const driven = (
    name: string,
    role: Contender['role'],
    start: (context: RowContext, data: DataSet) => Promise<SpawnedServer>,
  ): Contender => ({
    name,
    role,
    prepare: async (context) => {
      const data = createDataSet({ count: keys, sizeBytes });
      const server = await start(context, data);
      const wrk = await prepareWrk(context, 'small-hits', { connections, paths: data.paths });
      return { measure: ({ seconds }) => wrk(server, seconds) };
    },
  });
  return {
    name: `small-hits-${connections}`,
    title: `GET of 1 KiB hits, ${connections} keep-alive connections, wrk`,
    target: 1,
    tools: ['wrk', 'nginx', 'redis-server', 'redis-benchmark'],
    columns: ['opsPerSec', 'p50Ms', 'p99Ms', 'cpuUsPerOp', 'errors'],
    contenders: [
      driven('memobuild', 'ours', (context, data) => filled(startMemobuild(context), data)),
      driven('nginx', 'peer', (context, data) =>
        proven(startNginx(context, { openFileCache: false, data }), data),
      ),
      driven(nginxCached, 'peer', (context, data) =>
        proven(startNginx(context, { openFileCache: true, data }), data),
      ),
      driven('node:http, 1 process', 'peer', (context) =>
        startNodeServer(context, 'node-http', { processes: 1, sizeBytes }),
      ),
      driven('node:http, 2 processes', 'peer', (context) =>
        startNodeServer(context, 'node-http', { processes: 2, sizeBytes }),
      ),
      driven('bare node:net, 1 process', 'peer', (context) =>
        startNodeServer(context, 'bare-net', { processes: 1, sizeBytes }),
      ),
      driven('bare node:net, 2 processes', 'peer', (context) =>
        startNodeServer(context, 'bare-net', { processes: 2, sizeBytes }),
      ),
      {
        name: 'redis GET',
        role: 'peer',
        prepare: (context) => prepareRedis(context, { connections, sizeBytes, keys }),
      },
    ],
    comparisons,
    notes: [
      `${keys} keys of random bytes are asked for in turn; memobuild verifies what it sends, nginx reads files, node:http and node:net answer one buffer from memory.`,
      'wrk shares the two cores with what it measures: the figures are of the pair.',
      'Redis is driven by redis-benchmark, one request under way on each connection, and speaks its own protocol: shown for its scale.',
    ],
  };
}

async function filled(starting: Promise<SpawnedServer>, data: DataSet): Promise<SpawnedServer> {
  const server = await starting;
  await putAll(server.url, data);
  await proveServes(server.url, data);
  return server;
}

async function proven(starting: Promise<SpawnedServer>, data: DataSet): Promise<SpawnedServer> {
  const server = await starting;
  await proveServes(server.url, data);
  return server;
}
