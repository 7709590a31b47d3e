import { randomBytes } from 'node:crypto';
import type { ResolvedConfig } from '../config/config.ts';
import { createArtifactClient } from '../operation/artifact-clients.ts';
import { BuildCacheOperation } from '../operation/build-cache-operation.ts';
import { startTarget, type Target } from '../target/target.ts';
import { openConnection } from '../transport/load-connection.ts';
import { DeadlineSweep } from '../transport/shared/deadline-sweep.ts';
import { createEndpoint } from '../transport/shared/endpoint.ts';
import { PayloadPool } from '../workload/payload-pool.ts';
import { RunKeys } from '../workload/run-keys.ts';
import { planWorkingSet } from '../workload/working-set.ts';
import { interruptedCleanUpMs } from './phases/deadlines.ts';
import { cleanUp } from './worker/clean-up.ts';
import { countersOf, createSharedState } from './worker/shared-state.ts';

/** What several runs have in common: one target, and one working set that the first of them stores. */
export interface EngineSession {
  readonly target: Target;
  readonly workingSet: SharedWorkingSet;
  /** Removes the working set from a target that outlives the session, and ends one that does not. */
  close(): Promise<void>;
}

export interface SharedWorkingSet {
  /** The id in its keys. */
  readonly id: string;
  /** By rank. */
  readonly sizes: Float64Array;
  /** As in the shared state of a run: what is stored now. */
  readonly keyVersions: SharedArrayBuffer;
}

/**
 * Starts the target of a series of runs. Their configurations may differ in clients, rates and
 * durations, in nothing that the working set follows from.
 * @throws {LoadTestError} as `startTarget` does.
 */
export async function openSession(
  config: ResolvedConfig,
  signal: AbortSignal,
): Promise<EngineSession> {
  const target = await startTarget(config, signal);
  const sizes = planWorkingSet(config);
  const { seed, compressible } = config;
  const { keyVersions } = createSharedState({ seed, compressible, workers: 1, keys: sizes.length });
  const workingSet = { id: randomBytes(8).toString('hex'), sizes, keyVersions };
  return {
    target,
    workingSet,
    close: async () => {
      try {
        if (!target.isEmbedded) await removeWorkingSet(config, target, workingSet, signal);
      } finally {
        await target.stop();
      }
    },
  };
}

async function removeWorkingSet(
  config: ResolvedConfig,
  target: Target,
  { id, sizes, keyVersions }: SharedWorkingSet,
  interrupted: AbortSignal,
): Promise<void> {
  const client = await createArtifactClient(config.protocol, config.instance);
  const versions = new Uint32Array(keyVersions);
  if (client.remove === undefined || versions.every((version) => version === 0)) return;
  const shared = createSharedState({
    seed: config.seed,
    compressible: config.compressible,
    workers: 1,
    keys: 0,
  });
  const counters = countersOf(shared, 0);
  const sweep = new DeadlineSweep();
  const endpoint = createEndpoint(target.endpoint);
  const connections = Array.from({ length: Math.min(config.numClients, removersMax) }, () =>
    openConnection(endpoint, sweep),
  );
  let untilMs = performance.now() + removalMsMax;
  const hurry = (): void => {
    untilMs = performance.now() + interruptedCleanUpMs;
    for (const connection of connections) connection.deadlineMs = untilMs;
  };
  interrupted.addEventListener('abort', hurry, { once: true });
  try {
    await cleanUp({
      operation: new BuildCacheOperation({
        config,
        client,
        keys: new RunKeys(id, config.seed),
        pool: new PayloadPool(shared.pool),
        sizes,
        keyVersions: versions,
        counters,
        worker: 0,
        workers: 1,
        storedBytes: () => 0,
      }),
      client,
      connections,
      counters,
      keyVersions: versions,
      worker: 0,
      workers: 1,
      keepsWorkingSet: false,
      untilMs: () => untilMs,
    });
  } finally {
    interrupted.removeEventListener('abort', hurry);
    for (const connection of connections) connection.close();
    sweep.close();
  }
}

const removersMax = 20;
const removalMsMax = 30_000;
