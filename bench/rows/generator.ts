import { join } from 'node:path';
import { repositoryRoot } from '../../src/testing/program.ts';
import { filled } from '../framework/contenders.ts';
import type { Contender, Row, RowContext, Sample } from '../framework/row.ts';
import { runCommand } from '../framework/run-command.ts';
import type { SpawnedServer } from '../framework/spawned.ts';
import { prepareWrk } from '../framework/wrk.ts';
import { createDataSet, type DataSet } from '../peers/data-set.ts';
import { runLoadTest } from '../peers/loadtest.ts';
import { startNodeServer } from '../peers/node-servers.ts';

const connections = 50;
const ours = 'memobuild loadtest';

/** The load generator beside others, all against the least server that keeps what is put. */
export const generator: readonly Row[] = [maximumRow(), scheduleRow()];

function maximumRow(): Row {
  return {
    name: 'generator-max',
    title: `Hits of 1 KiB as fast as they go, ${connections} connections, a server of node:net`,
    target: 7,
    tools: ['wrk'],
    columns: ['opsPerSec', 'p50Ms', 'p99Ms', 'clientCpuUsPerOp', 'errors'],
    contenders: [
      {
        name: ours,
        role: 'ours',
        prepare: async (context) => {
          const server = await mapServer(context);
          return { measure: ({ seconds }) => loadTest(context, server, seconds) };
        },
      },
      autocannon(1),
      autocannon(2),
      {
        name: 'wrk',
        role: 'peer',
        prepare: async (context) => {
          const data = dataSet();
          const server = await filled(mapServer(context), data);
          const drive = await prepareWrk(context, 'wrk', { connections, paths: data.paths });
          return { measure: ({ seconds }) => drive(server, seconds) };
        },
      },
    ],
    comparisons: [
      { ours, metric: 'opsPerSec', against: 'autocannon, 1 thread', must: 1 },
      { ours, metric: 'opsPerSec', against: 'autocannon, 2 threads' },
      { ours, metric: 'clientCpuUsPerOp', against: 'wrk', must: 2, aim: 1.5 },
      { ours, metric: 'errors', must: 0 },
    ],
    notes: [
      'memobuild compares every body with what was stored and keeps a histogram for each second; autocannon and wrk look at neither body nor length.',
      'Its CPU is of the measured part alone; that of autocannon is of the whole process, of wrk too.',
    ],
  };
}

function scheduleRow(): Row {
  return {
    name: 'generator-schedule',
    title: 'The schedule of an open loop at half the maximum rate',
    target: 7,
    tools: [],
    columns: ['opsPerSec', 'lagP99Ms', 'p50Ms', 'p99Ms', 'clientCpuUsPerOp', 'errors'],
    contenders: [
      {
        name: ours,
        role: 'ours',
        prepare: async (context) => {
          const server = await mapServer(context);
          const { opsPerSec } = await loadTest(context, server, 2);
          const rate = String(Math.floor(opsPerSec! / 2));
          return {
            measure: ({ seconds }) => loadTest(context, server, seconds, ['--rate', rate]),
          };
        },
      },
    ],
    comparisons: [
      { ours, metric: 'lagP99Ms', must: 5 },
      { ours, metric: 'errors', must: 0 },
    ],
    notes: ['Half of what a run of 2 s reached just before.'],
  };
}

function dataSet(): DataSet {
  return createDataSet({ count: 1000, sizeBytes: 1024 });
}

function mapServer(context: RowContext): Promise<SpawnedServer> {
  return startNodeServer(context, 'bare-map', { processes: 1, sizeBytes: 0 });
}

function loadTest(
  { checkout }: RowContext,
  server: SpawnedServer,
  seconds: number,
  more: readonly string[] = [],
): Promise<Sample> {
  return runLoadTest(
    checkout,
    [
      ...['--target', server.url, '--clients', String(connections), '--hit-rate', '1'],
      ...['--size', '1KiB', '--requests', '0', ...more],
    ],
    seconds,
  );
}

function autocannon(workers: number): Contender {
  const program = join(repositoryRoot, 'node_modules', 'autocannon', 'autocannon.js');
  return {
    name: `autocannon, ${workers} thread${workers > 1 ? 's' : ''}`,
    role: 'peer',
    prepare: async (context) => {
      const data = dataSet();
      const server = await filled(mapServer(context), data);
      return {
        measure: async ({ seconds }) => {
          const { stdout, cpuUs } = await runCommand(
            process.execPath,
            [
              ...[program, '--json', '--no-progress', '-c', String(connections)],
              ...['-d', String(seconds), ...(workers > 1 ? ['-w', String(workers)] : [])],
              `${server.url}${data.paths[0]}`,
            ],
            { deadlineMs: (seconds + 30) * 1000 },
          );
          const result: AutocannonResult = JSON.parse(stdout);
          return {
            opsPerSec: result.requests.total / result.duration,
            p50Ms: result.latency.p50,
            p99Ms: result.latency.p99,
            clientCpuUsPerOp: cpuUs / result.requests.total,
            errors: result.errors + result.non2xx,
          };
        },
      };
    },
  };
}

interface AutocannonResult {
  readonly duration: number;
  readonly requests: { readonly total: number };
  readonly latency: { readonly p50: number; readonly p99: number };
  readonly errors: number;
  readonly non2xx: number;
}
