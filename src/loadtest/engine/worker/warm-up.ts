import { type ArtifactClient, OperationFailure } from '../../../protocols/shared/load-client.ts';
import { type Counters, counterSlot, warmupFailureSlot } from '../../metrics/counters.ts';
import type { KeyedScenario } from '../../scenario/keyed-scenario.ts';
import type { LoadConnection } from '../../transport/load-connection.ts';

/**
 * Stores a worker's part of the working set, every `workers`-th rank, over all its connections.
 * What a run before stored, and nobody missed since, is there already.
 * Failures are counted and not tried again: a key that was not acknowledged is not drawn later.
 * @returns whether the deadline passed before all had been tried.
 */
export async function warmUp(options: WarmUpOptions): Promise<boolean> {
  const { scenario, client, connections, counters, keyVersions, keys, untilMs, timeoutMs } =
    options;
  let rank = options.worker;
  let timedOut = false;
  const storeNext = async (connection: LoadConnection): Promise<void> => {
    while (rank < keys) {
      const now = performance.now();
      if (now >= untilMs) timedOut = true;
      if (timedOut || options.stopped()) return;
      const mine = rank;
      rank += options.workers;
      const artifact = scenario.workingSetArtifact(mine);
      if (keyVersions[mine]! % 2 === 1) {
        counters[counterSlot.warmupStored]! += 1;
        counters[counterSlot.warmupBytes]! += artifact.payload.sizeBytes;
        continue;
      }
      connection.deadlineMs = Math.min(untilMs, now + timeoutMs);
      try {
        await client.store(connection, artifact);
        keyVersions[mine] = 1;
        counters[counterSlot.warmupStored]! += 1;
        counters[counterSlot.warmupBytes]! += artifact.payload.sizeBytes;
      } catch (error) {
        if (!(error instanceof OperationFailure)) throw error;
        counters[counterSlot.warmupFailed]! += 1;
        counters[warmupFailureSlot[error.kind]]! += 1;
        options.onFailure(error);
        // A cut-off store may have arrived: it counts against the bound on what is left behind.
        counters[counterSlot.reservedBytes]! += artifact.payload.sizeBytes;
      }
      connection.deadlineMs = Number.POSITIVE_INFINITY;
    }
  };
  await Promise.all(connections.map(storeNext));
  return timedOut;
}

export interface WarmUpOptions {
  readonly scenario: KeyedScenario;
  readonly client: ArtifactClient;
  readonly connections: readonly LoadConnection[];
  readonly counters: Counters;
  readonly keyVersions: Uint32Array<ArrayBufferLike>;
  readonly keys: number;
  readonly worker: number;
  readonly workers: number;
  /** Local clock. */
  readonly untilMs: number;
  readonly timeoutMs: number;
  readonly stopped: () => boolean;
  readonly onFailure: (failure: OperationFailure) => void;
}
