import type { Measurement } from '../../measurement.ts';
import { counterSlot } from '../../metrics/counters.ts';
import { createArtifactClient } from '../../operation/artifact-clients.ts';
import { sharedNowMs } from '../worker/shared-clock.ts';
import { sumsOf } from '../worker/shared-state.ts';
import { cleanUpMsMax, interruptedCleanUpMs, silenceMs } from './deadlines.ts';
import type { WorkersContext } from './run-context.ts';

/** Has the workers remove what they stored, where the target outlives the run and its protocol can remove. */
export async function cleanUpTarget(run: WorkersContext): Promise<Measurement['cleanup']> {
  const { config, inbox, notes, pool, progress, scenario, shared, target } = run;
  const client = await createArtifactClient(config.protocol, config.instance);
  const removable = client.remove !== undefined && scenario === undefined;
  // The embedded server's store is thrown away whole.
  if (!removable || target.isEmbedded) return { removable, removed: 0, failed: 0 };
  progress.enter('cleaning', cleanUpMsMax);
  pool.post({ kind: 'clean', untilMs: sharedNowMs() + cleanUpMsMax });
  let untilMs = performance.now() + cleanUpMsMax + silenceMs;
  // The run has its result already; one that was interrupted before still removes what it stored.
  const hurry = (): void => {
    pool.post({ kind: 'stop', drainMs: interruptedCleanUpMs });
    untilMs = performance.now() + interruptedCleanUpMs + silenceMs;
  };
  run.signal.addEventListener('abort', hurry, { once: true });
  const cleaned = await inbox
    .collect('cleaned', pool, () => untilMs)
    .finally(() => run.signal.removeEventListener('abort', hurry));
  const left = cleaned.reduce((sum, message) => sum + message.left, 0);
  if (left > 0) notes.push(`${left} stored entries were left behind on the target`);
  const sums = sumsOf(shared);
  return {
    removable,
    removed: sums[counterSlot.removed]!,
    failed: sums[counterSlot.removeFailed]! + left,
  };
}
