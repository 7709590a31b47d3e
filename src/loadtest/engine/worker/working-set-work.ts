import type { ArtifactClient } from '../../../protocols/shared/load-client.ts';
import type { Counters } from '../../metrics/counters.ts';
import type { KeyedOperation } from '../../operation/keyed-operation.ts';
import type { LoadConnection } from '../../transport/load-connection.ts';

/** What a worker works with before and after the run: its part of the keys, and its connections. */
export interface WorkingSetWork {
  readonly operation: KeyedOperation;
  readonly client: ArtifactClient;
  readonly connections: readonly LoadConnection[];
  readonly counters: Counters;
  readonly keyVersions: Uint32Array<ArrayBufferLike>;
  /** The worker's part is every `workers`-th rank, from `worker` on. */
  readonly worker: number;
  readonly workers: number;
}

/** One thing to do over whichever connection is idle. */
export interface Task {
  /** Local clock. */
  readonly deadlineMs: number;
  /** What fails here ends all the work. */
  run(connection: LoadConnection): Promise<unknown>;
}

/** Does one task after another over all connections at once, until `next` has none. */
export async function workOff(
  connections: readonly LoadConnection[],
  next: () => Task | undefined,
): Promise<void> {
  const work = async (connection: LoadConnection): Promise<void> => {
    for (let task = next(); task !== undefined; task = next()) {
      connection.deadlineMs = task.deadlineMs;
      await task.run(connection);
      connection.deadlineMs = Number.POSITIVE_INFINITY;
    }
  };
  await Promise.all(connections.map(work));
}
