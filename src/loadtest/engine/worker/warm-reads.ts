import type { KeyDistribution } from '../../config/config.ts';
import type { Random } from '../../statistics/random.ts';
import { createRankDistribution } from '../../workload/rank-distribution.ts';
import { type WorkingSetWork, workOff } from './working-set-work.ts';

/**
 * Looks up stored keys over all connections until its time has passed, each as often as the run will:
 * caches, compiled code and connections are warm when the measured part begins. No figure includes
 * these lookups, and what fails will fail again where it counts.
 */
export async function warmReads(options: WarmReadsOptions): Promise<void> {
  const { client, connections, keyVersions, keys, random, operation, timeoutMs, untilMs } = options;
  const stored = [...keyVersions.keys()].filter((rank) => keyVersions[rank]! % 2 === 1);
  if (stored.length === 0) return;
  const ranks = createRankDistribution(keys, stored.length);
  await workOff(connections, () => {
    const now = performance.now();
    if (now >= untilMs || options.stopped()) return undefined;
    const artifact = operation.workingSetArtifact(stored[ranks.draw(random)]!);
    return {
      deadlineMs: Math.min(untilMs, now + timeoutMs),
      async run(connection) {
        const isRead = await client.lookup(connection, artifact).then(
          () => true,
          () => false,
        );
        if (isRead) return;
        connection.deadlineMs = Number.POSITIVE_INFINITY;
        await new Promise((resolve) => setTimeout(resolve, failedPauseMs));
      },
    };
  });
}

export interface WarmReadsOptions
  extends Pick<WorkingSetWork, 'operation' | 'client' | 'connections' | 'keyVersions'> {
  readonly keys: KeyDistribution;
  readonly random: Random;
  /** Local clock. */
  readonly untilMs: number;
  readonly timeoutMs: number;
  readonly stopped: () => boolean;
}

/** A target that refuses is not asked again as fast as this machine can. */
const failedPauseMs = 10;
