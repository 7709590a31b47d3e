import { join } from 'node:path';
import type { Row, Sample } from '../framework/row.ts';
import { runCommand } from '../framework/run-command.ts';
import { runLoadTest } from '../peers/loadtest.ts';
import { startNodeServer } from '../peers/node-servers.ts';
import type { BareClientReport } from '../peers/programs/bare-client.ts';

const connections = 500;
/** Compiling the generator's code weighs on shorter runs: 22 µs of CPU an operation in 2 s, 14 to 19 in 10. */
const secondsLeast = 10;
const pair = 'bare node:net pair';

/** Generator and server together on this machine: the guide's v1.0 row. */
export const wholeSystem: readonly Row[] = [
  {
    name: 'whole-system',
    title: `memobuild loadtest with its own server, ${connections} clients, 1 KiB, hit rate 0.9`,
    target: 2,
    tools: [],
    columns: ['opsPerSec', 'p50Ms', 'p99Ms', 'hitRate', 'cpuUsPerOp', 'clientCpuUsPerOp', 'errors'],
    contenders: [
      {
        name: 'memobuild loadtest',
        role: 'ours',
        prepare: async () => ({
          measure: (turn) =>
            runLoadTest(
              [
                ...['--clients', String(connections), '--hit-rate', '0.9', '--size', '1KiB'],
                ...['--requests', '0', '--max-stored', '10GiB'],
              ],
              Math.max(turn.seconds, secondsLeast),
            ),
        }),
      },
      {
        name: pair,
        role: 'peer',
        prepare: async (context) => {
          const options = { processes: 1, sizeBytes: 1024 };
          const server = await startNodeServer(context, 'bare-net', options);
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
        },
      },
    ],
    comparisons: [
      { ours: 'memobuild loadtest', metric: 'opsPerSec', against: pair, must: 0.75 },
      { ours: 'memobuild loadtest', metric: 'opsPerSec', aim: 50_000 },
      { ours: 'memobuild loadtest', metric: 'p99Ms', must: 500 },
      { ours: 'memobuild loadtest', metric: 'hitRate', must: 85 },
      { ours: 'memobuild loadtest', metric: 'errors', must: 0 },
    ],
    notes: [
      'A miss is one operation and two requests; bodies are verified by both sides. The pair is one process of each: it sends a fixed request, counts bytes and keeps a histogram, and does nothing else.',
    ],
  },
];
