import type { WorkerServer } from './cluster/worker.ts';
import { composeWorker } from './compose.ts';
import type { WorkerSettings } from './compose-worker-settings.ts';
import { noCounters } from './telemetry/counters.ts';

/** Makes a server that serves in this process alone, without a primary. */
export async function composeInProcess(settings: WorkerSettings): Promise<WorkerServer> {
  const startedMs = performance.now();
  const server: WorkerServer = await composeWorker(settings, async () => ({
    processes: [server.report()],
    retired: noCounters,
    uptimeMs: Math.round(performance.now() - startedMs),
    workersReplaced: 0,
  }));
  return server;
}
