import { drivenByWrk, filled, proven } from '../framework/contenders.ts';
import type { Contender, Row, RowContext } from '../framework/row.ts';
import type { SpawnedServer } from '../framework/spawned.ts';
import { createDataSet, type DataSet } from '../peers/data-set.ts';
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
  // Made afresh for each contender, and always the same.
  const dataSet = (): DataSet => createDataSet({ count: keys, sizeBytes });
  const driven = (
    name: string,
    role: Contender['role'],
    start: (context: RowContext) => Promise<SpawnedServer>,
  ): Contender =>
    drivenByWrk(name, role, { start, load: () => ({ connections, paths: dataSet().paths }) });
  return {
    name: `small-hits-${connections}`,
    title: `GET of 1 KiB hits, ${connections} keep-alive connections, wrk`,
    target: 1,
    tools: ['wrk', 'nginx', 'redis-server', 'redis-benchmark'],
    columns: ['opsPerSec', 'p50Ms', 'p99Ms', 'cpuUsPerOp', 'errors'],
    contenders: [
      driven('memobuild', 'ours', (context) => filled(startMemobuild(context), dataSet())),
      driven('nginx', 'peer', (context) => nginxWith(context, false, dataSet())),
      driven(nginxCached, 'peer', (context) => nginxWith(context, true, dataSet())),
      ...(['node:http', 'bare node:net'] as const).flatMap((program) =>
        [1, 2].map((processes) =>
          driven(
            `${program}, ${processes} process${processes > 1 ? 'es' : ''}`,
            'peer',
            (context) =>
              startNodeServer(context, program === 'node:http' ? 'node-http' : 'bare-net', {
                processes,
                sizeBytes,
              }),
          ),
        ),
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

function nginxWith(
  context: RowContext,
  openFileCache: boolean,
  data: DataSet,
): Promise<SpawnedServer> {
  return proven(startNginx(context, { openFileCache, data }), data);
}
