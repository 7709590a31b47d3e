import { join } from 'node:path';
import { thisCheckout } from '../framework/checkout.ts';
import type { Contender, Row, RowContext, Sample } from '../framework/row.ts';
import { runCommand } from '../framework/run-command.ts';
import { runLoadTest } from '../peers/loadtest.ts';
import { startMemobuild } from '../peers/memobuild.ts';
import { startNodeServer } from '../peers/node-servers.ts';
import type { BareClientReport } from '../peers/programs/bare-client.ts';

const connections = 500;
/**
 * Compiling the generator's code weighs on shorter runs: 22 µs of CPU per operation in 2 s, 14 to
 * 19 in 10.
 */
const secondsLeast = 10;
const loadTest = 'memobuild loadtest';
const serve = 'memobuild serve';
const pair = 'bare node:net pair';

/** A whole build cache under load on one machine: generator and server together, and the server alone. */
export const wholeSystem: readonly Row[] = [
  {
    name: 'whole-system',
    title: `memobuild loadtest with its own server, ${connections} clients, 1 KiB, hit rate 0.9`,
    target: 2,
    tools: [],
    columns: ['opsPerSec', 'p50Ms', 'p99Ms', 'hitRate', 'cpuUsPerOp', 'clientCpuUsPerOp', 'errors'],
    contenders: [
      {
        name: loadTest,
        role: 'ours',
        prepare: async ({ checkout }) => ({
          // The generator starts its own server for each run.
          startsAfresh: true,
          measure: ({ seconds }) => runLoadTest(checkout, flags, Math.max(seconds, secondsLeast)),
        }),
      },
      { name: pair, role: 'peer', prepare: prepareBarePair },
    ],
    comparisons: [
      { ours: loadTest, metric: 'opsPerSec', against: pair, must: 0.75 },
      { ours: loadTest, metric: 'opsPerSec', aim: 50_000 },
      { ours: loadTest, metric: 'p99Ms', must: 500 },
      { ours: loadTest, metric: 'hitRate', must: 85 },
      { ours: loadTest, metric: 'errors', must: 0 },
    ],
    notes: [
      'A miss is one operation and two requests; bodies are verified by both sides. The pair is one process of each: it sends a fixed request, counts bytes and keeps a histogram, and does nothing else.',
    ],
  },
  {
    name: 'mixed-load',
    title: `memobuild serve under this checkout's loadtest, ${connections} clients, 1 KiB, hit rate 0.9`,
    target: 2,
    tools: [],
    columns: ['opsPerSec', 'p50Ms', 'p99Ms', 'hitRate', 'cpuUsPerOp', 'errors'],
    contenders: [{ name: serve, role: 'ours', prepare: prepareServer }],
    comparisons: [{ ours: serve, metric: 'errors', must: 0 }],
    notes: [
      'The load of `whole-system`. Against another checkout this row separates the server from the generator: both servers are driven by the same one.',
    ],
  },
];

const flags: readonly string[] = [
  ...['--clients', String(connections), '--hit-rate', '0.9', '--size', '1KiB'],
  ...['--requests', '0', '--max-stored', '10GiB'],
];

async function prepareServer(context: RowContext): ReturnType<Contender['prepare']> {
  const { url } = await startMemobuild(context);
  return {
    measure: ({ seconds }) =>
      runLoadTest(thisCheckout, [...flags, '--target', url], Math.max(seconds, secondsLeast)),
  };
}

async function prepareBarePair(context: RowContext): ReturnType<Contender['prepare']> {
  const server = await startNodeServer(context, 'bare-net', { processes: 1, sizeBytes: 1024 });
  const program = join(import.meta.dirname, '..', 'peers', 'programs', 'bare-client.ts');
  return {
    measure: async (turn): Promise<Sample> => {
      const seconds = Math.max(turn.seconds, secondsLeast);
      const args = [server.port, connections, 1024, seconds].map(String);
      const { stdout, cpuUs } = await runCommand(
        process.execPath,
        ['--import', 'tsx', program, ...args],
        { deadlineMs: (seconds + 30) * 1000 },
      );
      const report: BareClientReport = JSON.parse(stdout);
      return {
        opsPerSec: (report.operations / report.tookMs) * 1000,
        p50Ms: report.p50Ms,
        p99Ms: report.p99Ms,
        clientCpuUsPerOp: cpuUs / report.operations,
        errors: report.errors,
      };
    },
  };
}
