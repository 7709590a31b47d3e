import { loadConfig } from '../config/index.ts';
import type { WorkerServer } from '../server/cluster/worker.ts';
import { type Credential, composeInProcess } from '../server/index.ts';
import type { Cleanup } from './cleanup.ts';

/**
 * Runs a worker's server in the test's own process, over a memory store unless `env` says
 * otherwise. `env` holds settings by the names of the environment: `MEMOBUILD_MAX_BLOB_SIZE`.
 */
export async function startInProcess(
  t: Cleanup,
  { env = {}, credentials = null, drainWindowMs = 0 }: InProcessOptions = {},
): Promise<InProcessServer> {
  const { config } = await loadConfig({
    env: { MEMOBUILD_STORE: 'memory', MEMOBUILD_LOG_LEVEL: 'silent', ...env },
    flags: { drainWindow: `${drainWindowMs}ms`, drainDeadline: `${drainWindowMs}ms` },
  });
  const server = await composeInProcess({ config, credentials, tls: null, trace: null });
  const { port, otherPorts } = await server.listen({ port: 0, otherPorts: {} });
  let drained: Promise<void> | undefined;
  const drain = (): Promise<void> => {
    drained ??= server.drain({ kind: 'stopping' });
    return drained;
  };
  t.after(drain);
  return { port, otherPorts, url: `http://127.0.0.1:${port}`, server: { ...server, drain } };
}

export interface InProcessOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly credentials?: readonly Credential[] | null;
  /** How long open connections are served once it drains. Default 0. */
  readonly drainWindowMs?: number;
}

export interface InProcessServer {
  readonly port: number;
  /** The ports of listeners for other protocols, by URL scheme. */
  readonly otherPorts: Readonly<Record<string, number>>;
  readonly url: string;
  readonly server: Omit<WorkerServer, 'drain'> & { drain(): Promise<void> };
}
