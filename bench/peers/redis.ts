import type { PreparedContender, RowContext, Sample } from '../framework/row.ts';
import { runCommand } from '../framework/run-command.ts';
import { type SpawnedServer, spawnServer } from '../framework/spawned.ts';
import { requireTool } from '../framework/tools.ts';

/** Redis in memory, and its own benchmark with one request under way on each connection. */
export async function prepareRedis(
  context: RowContext,
  options: { readonly connections: number; readonly sizeBytes: number; readonly keys: number },
): Promise<PreparedContender> {
  const benchmark = requireTool('redis-benchmark');
  const server = await spawnServer(context, requireTool('redis-server'), (port) => [
    ...['--port', String(port), '--bind', '127.0.0.1', '--dir', context.dir],
    ...['--save', '', '--appendonly', 'no', '--maxclients', '4096', '--tcp-backlog', '4096'],
  ]);
  const run = (test: 'set' | 'get', requests: number): Promise<Sample> =>
    drive(benchmark, server, { ...options, test, requests });
  await run('set', options.keys * 20);
  let opsPerSec = (await run('get', 20_000)).opsPerSec!;
  return {
    // redis-benchmark counts requests, not seconds: the last round's rate gives their number.
    measure: async ({ seconds }) => {
      const sample = await run('get', Math.max(1000, Math.round(opsPerSec * seconds)));
      opsPerSec = sample.opsPerSec!;
      return sample;
    },
  };
}

async function drive(
  benchmark: string,
  server: SpawnedServer,
  options: {
    readonly connections: number;
    readonly sizeBytes: number;
    readonly keys: number;
    readonly test: string;
    readonly requests: number;
  },
): Promise<Sample> {
  const { connections, sizeBytes, keys, test, requests } = options;
  const cpuBefore = server.tree.cpuUs();
  const { stdout, cpuUs } = await runCommand(
    benchmark,
    [
      ...['-p', server.port, '-t', test, '-c', connections, '-d', sizeBytes, '-n', requests],
      ...['-r', keys, '--csv'],
    ].map(String),
    { deadlineMs: 120_000 },
  );
  // "test","rps","avg_latency_ms","min…","p50…","p95…","p99…","max…", each in quotes.
  const line = stdout.split('\n').find((text) => text.startsWith(`"${test.toUpperCase()}"`));
  const [, rps, , , p50, , p99] = (line ?? '').split(',').map((text) => text.replaceAll('"', ''));
  if (rps === undefined) throw new Error(`redis-benchmark printed no figures:\n${stdout}`);
  return {
    opsPerSec: Number(rps),
    p50Ms: Number(p50),
    p99Ms: Number(p99),
    cpuUsPerOp: (server.tree.cpuUs() - cpuBefore) / requests,
    clientCpuUsPerOp: cpuUs / requests,
    errors: 0,
  };
}
