import { setTimeout as delay } from 'node:timers/promises';
import { ApiV1Client, fetchExchange } from '../../../protocols/api-v1/client.ts';
import { type LoadTestConfig, maxStoredBytesEmbedded } from '../../config/config.ts';
import { resolveConfig } from '../../config/resolve-config.ts';
import { findScenario } from '../../config/scenarios.ts';
import type { ProgressListener } from '../../engine/progress/progress.ts';
import { runResolved } from '../../run/run-load-test.ts';
import { startEmbeddedServer } from '../../target/embedded-server.ts';
import { exchangeRunName, exchangeScenario } from './checklist.ts';
import type { GateRun } from './judge-gate.ts';

/**
 * Deploys under load, as one machine can: a server with two workers is driven by the scenario
 * `standard` while SIGHUP replaces all its workers again and again. A new worker loads the code
 * from disk, so this is how a new version goes into service.
 */
export async function measureWorkerExchange(
  overrides: LoadTestConfig,
  options: {
    readonly signal?: AbortSignal | undefined;
    readonly onProgress?: ProgressListener | undefined;
  },
): Promise<GateRun> {
  const scenario = exchangeRunName;
  if (overrides.target !== undefined) {
    const problem = {
      status: 'NOT RUN',
      text: 'not run: needs servers that the gate starts, not a running target',
    } as const;
    return { scenario, result: undefined, problem };
  }
  const { serverArgs = [], serverProgram, ...load } = overrides;
  const server = await startEmbeddedServer({
    serveArgs: ['--workers', '2', '--max-size', '1GiB', '--drain-window', '1s', ...serverArgs],
    program: serverProgram,
    signal: options.signal,
  });
  const over = new AbortController();
  const counted = { exchanges: 0 };
  let exchanging: Promise<void> | undefined;
  try {
    const config = resolveConfig({
      ...findScenario(exchangeScenario)!.config,
      ...load,
      name: scenario,
      target: server.url,
      maxStoredBytes: load.maxStoredBytes ?? maxStoredBytesEmbedded,
      // Half of the cores, as for any server that shares the machine.
      workers: load.workers ?? resolveConfig({ numClients: 20 }).workers,
    });
    const { result } = await runResolved(config, {
      signal: options.signal,
      onProgress: (progress) => {
        if (progress.phase === 'running') {
          exchanging ??= keepExchanging(server.pid, server.url, counted, over.signal);
        } else if (exchanging !== undefined) {
          over.abort();
        }
        options.onProgress?.(progress);
      },
    });
    over.abort();
    await exchanging;
    return { scenario, result, exchanges: counted.exchanges };
  } catch (error) {
    over.abort();
    await exchanging;
    throw error;
  } finally {
    await server.stop();
  }
}

/** Time between two replacements, in which the load continues undisturbed. */
const restMs = 250;
const pollMs = 50;

function askForExchange(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGHUP');
  } catch {
    // The server has died: the run's operations show it.
    return false;
  }
}

/** Replaces all workers, waits until the new ones serve, and again, until the load is over. */
async function keepExchanging(
  pid: number | undefined,
  url: string,
  counted: { exchanges: number },
  over: AbortSignal,
): Promise<void> {
  let before = await workersOf(url);
  while (!over.aborted && pid !== undefined && before.length > 0) {
    if (!askForExchange(pid)) return;
    const after = await exchangedWorkers(url, before, over);
    if (after === undefined) return;
    counted.exchanges += 1;
    before = after;
    await delay(restMs);
  }
}

/** The new workers, when none of the old ones is left; `undefined` where the load was over before. */
async function exchangedWorkers(
  url: string,
  before: readonly number[],
  over: AbortSignal,
): Promise<number[] | undefined> {
  while (!over.aborted) {
    await delay(pollMs);
    const now = await workersOf(url);
    if (now.length >= before.length && now.every((worker) => !before.includes(worker))) return now;
  }
  return undefined;
}

const answerTimeoutMs = 2_000;

/** Process ids of the workers that the server reports; none if it does not answer in time. */
async function workersOf(url: string): Promise<number[]> {
  // A kept connection could be to a worker that is about to go.
  const headers = { connection: 'close' };
  try {
    const client = new ApiV1Client(fetchExchange(url, { headers, timeoutMs: answerTimeoutMs }));
    const { processes } = await client.stats();
    return processes.filter(({ role }) => role === 'worker').map(({ pid }) => pid);
  } catch {
    return [];
  }
}
