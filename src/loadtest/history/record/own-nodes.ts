import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeTemporaryDirectory } from '../../../core/index.ts';
import { ApiV1Client, fetchExchange } from '../../../protocols/api-v1/client.ts';
import { namingMachineErrors } from '../../errors.ts';
import type { OwnServers } from './history-config.ts';
import { OwnNode } from './own-node.ts';

/** The servers that a run started, and what it must undo. */
export interface OwnNodes {
  readonly nodes: readonly OwnNode[];
  /** Deletes what was stored, where others keep it, and ends the servers. */
  stop(): Promise<void>;
}

/**
 * Starts all servers of a run. Those that did start are stopped again if one does not.
 * @throws {LoadTestError} `no_target`, `interrupted`, `machine`.
 */
export async function startOwnNodes(
  servers: OwnServers,
  { run, signal }: { readonly run: string; readonly signal: AbortSignal },
): Promise<OwnNodes> {
  const { shared, program } = servers;
  const dir = await namingMachineErrors(async () => makeTemporaryDirectory('memobuild-prove-'));
  const serveArgs = [...storeArgs(servers, run), ...servers.serveArgs];
  const started = await Promise.allSettled(
    Array.from({ length: servers.nodes }, (_, n) =>
      OwnNode.start({
        name: servers.nodes === 1 ? 'the server' : `node ${n}`,
        dir: join(dir, String(n)),
        serveArgs,
        program,
        signal,
      }),
    ),
  );
  const nodes = started.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  const stop = async (): Promise<void> => {
    // A directory goes with its server; Redis is somebody else's.
    if (shared !== undefined) await deleteEntries(nodes);
    await Promise.all(nodes.map((node) => node.stop()));
    rmSync(dir, { recursive: true, force: true });
  };
  const failed = started.find((each) => each.status === 'rejected');
  if (failed === undefined) return { nodes, stop };
  await stop();
  throw failed.reason;
}

/** Arguments of `memobuild serve`. Those of the user come after them, and win. */
function storeArgs({ shared }: OwnServers, run: string): string[] {
  // Several workers write one store. On a small machine there would be one alone.
  if (shared === undefined) return ['--workers', '3'];
  const { redis, s3 } = shared;
  return [
    ...['--workers', '1', '--store', 'shared', '--redis', redis, '--redis-prefix', `prove-${run}`],
    ...(s3 === undefined ? [] : ['--s3', s3.url, '--bucket', s3.bucket]),
  ];
}

/** Through the first node that can. */
async function deleteEntries(nodes: readonly OwnNode[]): Promise<void> {
  for (const { endpoint } of nodes) {
    const exchange = fetchExchange(endpoint.url, { timeoutMs: purgeTimeoutMs });
    const purge = new ApiV1Client(exchange).purge({ what: 'older', thanMs: 0 });
    if ((await purge.catch(() => undefined)) !== undefined) return;
  }
}

const purgeTimeoutMs = 10_000;
