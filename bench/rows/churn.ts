import { drivenByWrk, filled, proven } from '../framework/contenders.ts';
import type { Row } from '../framework/row.ts';
import { createDataSet, type DataSet } from '../peers/data-set.ts';
import { startMemobuild } from '../peers/memobuild.ts';
import { startNginx } from '../peers/nginx.ts';
import { startNodeServer } from '../peers/node-servers.ts';

/** One connection for each request, as ccache makes them, whose connect timeout is 100 ms. */
export const churn: readonly Row[] = [churnRow()];

function churnRow(): Row {
  const dataSet = (): DataSet => createDataSet({ count: 1000, sizeBytes: 1024 });
  const load = () => ({
    connections: 200,
    paths: dataSet().paths,
    headers: { Connection: 'close' },
  });
  return {
    name: 'churn',
    title: 'GET of 1 KiB, a connection for each request, 200 clients, wrk',
    target: 6,
    tools: ['wrk', 'nginx'],
    columns: ['opsPerSec', 'p50Ms', 'p99Ms', 'cpuUsPerOp', 'errors'],
    contenders: [
      drivenByWrk('memobuild', 'ours', {
        start: (context) => filled(startMemobuild(context), dataSet()),
        load,
      }),
      drivenByWrk('nginx, open_file_cache', 'peer', {
        start: (context) => {
          const data = dataSet();
          return proven(startNginx(context, { openFileCache: true, data }), data);
        },
        load,
      }),
      drivenByWrk('node:http, 2 processes', 'peer', {
        start: (context) =>
          startNodeServer(context, 'node-http', { processes: 2, sizeBytes: 1024 }),
        load,
      }),
    ],
    comparisons: [
      { ours: 'memobuild', metric: 'opsPerSec', against: 'nginx, open_file_cache', must: 0.7 },
      { ours: 'memobuild', metric: 'opsPerSec', against: 'node:http, 2 processes' },
      { ours: 'memobuild', metric: 'errors', must: 0 },
    ],
    notes: ['A refused connection is an error. wrk closes after each answer, as the server does.'],
  };
}
