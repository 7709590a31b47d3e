import { counterSlot } from '../../metrics/counters.ts';
import { type WorkingSetWork, workOff } from './working-set-work.ts';

/**
 * Removes what a worker's part of the run stored, over all its connections, until the time for it has
 * passed or the target refuses every removal. @returns how many entries were not tried.
 */
export async function cleanUp(options: CleanUpOptions): Promise<number> {
  const { operation, client, connections, counters, keyVersions, untilMs } = options;
  const { remove } = client;
  if (remove === undefined) return 0;
  const ranks: number[] = [];
  const ranksEnd = options.keepsWorkingSet ? 0 : keyVersions.length;
  for (let rank = options.worker; rank < ranksEnd; rank += options.workers) {
    if (keyVersions[rank]! > 0) ranks.push(rank);
  }
  const total = ranks.length + operation.newKeys;
  let tried = 0;
  let refused = 0;
  await workOff(connections, () => {
    if (tried >= total || refused >= refusedMax || performance.now() >= untilMs()) return undefined;
    const index = tried;
    tried += 1;
    const artifact =
      index < ranks.length
        ? operation.workingSetArtifact(ranks[index]!)
        : operation.newArtifactAt(index - ranks.length);
    return {
      deadlineMs: untilMs(),
      async run(connection) {
        try {
          await remove.call(client, connection, artifact);
          counters[counterSlot.removed]! += 1;
          refused = 0;
        } catch {
          counters[counterSlot.removeFailed]! += 1;
          refused += 1;
        }
      },
    };
  });
  return total - tried;
}

export interface CleanUpOptions extends WorkingSetWork {
  /** Whether later runs need the working set: then only what this run stored beside it is removed. */
  readonly keepsWorkingSet: boolean;
  /** Local clock; an interruption brings it nearer, and then those under way too. */
  readonly untilMs: () => number;
}

/** So many refusals in a row mean that the target does not accept removals. */
const refusedMax = 20;
