import { OperationFailure } from '../../../protocols/shared/load-client.ts';
import { counterSlot, warmupFailureSlot } from '../../metrics/counters.ts';
import { type WorkingSetWork, workOff } from './working-set-work.ts';

/**
 * Stores a worker's part of the working set over all its connections.
 * What a run before stored, and no client missed since, is there already.
 * Failures are counted and not tried again: a key that was not acknowledged is not drawn later.
 * @returns whether the deadline passed before all had been tried.
 */
export async function warmUp(options: WarmUpOptions): Promise<boolean> {
  const { operation, client, connections, counters, keyVersions, keys, untilMs, timeoutMs } =
    options;
  let nextRank = options.worker;
  let timedOut = false;
  const countStored = (sizeBytes: number): void => {
    counters[counterSlot.warmupStored]! += 1;
    counters[counterSlot.warmupBytes]! += sizeBytes;
  };
  await workOff(connections, () => {
    while (nextRank < keys) {
      const now = performance.now();
      if (now >= untilMs) timedOut = true;
      if (timedOut || options.stopped()) return undefined;
      const rank = nextRank;
      nextRank += options.workers;
      const artifact = operation.workingSetArtifact(rank);
      const { sizeBytes } = artifact.payload;
      if (keyVersions[rank]! % 2 === 1) {
        countStored(sizeBytes);
        continue;
      }
      return {
        deadlineMs: Math.min(untilMs, now + timeoutMs),
        async run(connection) {
          try {
            await client.store(connection, artifact);
            keyVersions[rank] = 1;
            countStored(sizeBytes);
          } catch (error) {
            if (!(error instanceof OperationFailure)) throw error;
            counters[counterSlot.warmupFailed]! += 1;
            counters[warmupFailureSlot[error.kind]]! += 1;
            options.onFailure(error);
            // A cut-off store may have arrived: it counts against the bound on what is left behind.
            counters[counterSlot.reservedBytes]! += sizeBytes;
          }
        },
      };
    }
    return undefined;
  });
  return timedOut;
}

export interface WarmUpOptions extends WorkingSetWork {
  readonly keys: number;
  /** Local clock. */
  readonly untilMs: number;
  readonly timeoutMs: number;
  readonly stopped: () => boolean;
  readonly onFailure: (failure: OperationFailure) => void;
}
