import type { ArtifactClient } from '../../../protocols/shared/load-client.ts';
import { type Counters, counterSlot } from '../../metrics/counters.ts';
import type { KeyedScenario } from '../../scenario/keyed-scenario.ts';
import type { LoadConnection } from '../../transport/load-connection.ts';

/**
 * Removes what a worker's part of the run stored, over all its connections, while there is time and
 * the target goes along. @returns how many entries were not tried.
 */
export async function cleanUp(options: CleanUpOptions): Promise<number> {
  const { scenario, client, connections, counters, keyVersions, untilMs } = options;
  const { remove } = client;
  if (remove === undefined) return 0;
  const ranks: number[] = [];
  const ranksEnd = options.keepsWorkingSet ? 0 : keyVersions.length;
  for (let rank = options.worker; rank < ranksEnd; rank += options.workers) {
    if (keyVersions[rank]! > 0) ranks.push(rank);
  }
  const total = ranks.length + scenario.newKeys;
  let next = 0;
  let refused = 0;
  const removeNext = async (connection: LoadConnection): Promise<void> => {
    while (next < total && refused < refusedMax && performance.now() < untilMs()) {
      const index = next;
      next += 1;
      const artifact =
        index < ranks.length
          ? scenario.workingSetArtifact(ranks[index]!)
          : scenario.newArtifactAt(index - ranks.length);
      connection.deadlineMs = untilMs();
      try {
        await remove.call(client, connection, artifact);
        counters[counterSlot.removed]! += 1;
        refused = 0;
      } catch {
        counters[counterSlot.removeFailed]! += 1;
        refused += 1;
      }
      connection.deadlineMs = Number.POSITIVE_INFINITY;
    }
  };
  await Promise.all(connections.map(removeNext));
  return total - next;
}

export interface CleanUpOptions {
  readonly scenario: KeyedScenario;
  readonly client: ArtifactClient;
  readonly connections: readonly LoadConnection[];
  readonly counters: Counters;
  readonly keyVersions: Uint32Array<ArrayBufferLike>;
  readonly worker: number;
  readonly workers: number;
  /** Later runs need it: only what this run stored besides is removed. */
  readonly keepsWorkingSet: boolean;
  /** Local clock; an interruption brings it nearer, and then those under way too. */
  readonly untilMs: () => number;
}

/** So many refusals in a row mean that the target takes no removals. */
const refusedMax = 20;
