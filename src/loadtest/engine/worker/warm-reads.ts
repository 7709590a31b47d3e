import type { ArtifactClient } from '../../../protocols/shared/load-client.ts';
import type { KeyDistribution } from '../../config/config.ts';
import type { KeyedScenario } from '../../scenario/keyed-scenario.ts';
import type { Random } from '../../statistics/random.ts';
import type { LoadConnection } from '../../transport/load-connection.ts';
import { createRankDistribution } from '../../workload/rank-distribution.ts';

/**
 * Looks stored keys up over all connections until the time is over, as often as the run will ask for
 * each: caches, compiled code and connections are warm when the measured part begins. None of it is
 * in any figure, and what fails will fail again where it counts.
 */
export async function warmReads(options: WarmReadsOptions): Promise<void> {
  const { client, connections, keyVersions, keys, random, scenario, timeoutMs, untilMs } = options;
  const stored = [...keyVersions.keys()].filter((rank) => keyVersions[rank]! % 2 === 1);
  if (stored.length === 0) return;
  const ranks = createRankDistribution(keys, stored.length);
  const read = async (connection: LoadConnection): Promise<void> => {
    for (let now = performance.now(); now < untilMs; now = performance.now()) {
      if (options.stopped()) return;
      connection.deadlineMs = Math.min(untilMs, now + timeoutMs);
      const artifact = scenario.workingSetArtifact(stored[ranks.draw(random)]!);
      const isRead = await client.lookup(connection, artifact).then(
        () => true,
        () => false,
      );
      connection.deadlineMs = Number.POSITIVE_INFINITY;
      if (!isRead) await new Promise((resolve) => setTimeout(resolve, failedPauseMs));
    }
  };
  await Promise.all(connections.map(read));
}

export interface WarmReadsOptions {
  readonly scenario: KeyedScenario;
  readonly client: ArtifactClient;
  readonly connections: readonly LoadConnection[];
  readonly keyVersions: Uint32Array<ArrayBufferLike>;
  readonly keys: KeyDistribution;
  readonly random: Random;
  /** Local clock. */
  readonly untilMs: number;
  readonly timeoutMs: number;
  readonly stopped: () => boolean;
}

/** A target that refuses is not asked as fast as this machine can. */
const failedPauseMs = 10;
