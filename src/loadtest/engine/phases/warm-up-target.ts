import { LoadTestError } from '../../errors.ts';
import type { WarmupMeasurement } from '../../measurement.ts';
import { counterSlot, failuresAt, warmupFailureSlot } from '../../metrics/counters.ts';
import { sharedNowMs } from '../worker/shared-clock.ts';
import { sumsOf } from '../worker/shared-state.ts';
import { interruptedDrainMs, silenceMs } from './deadlines.ts';
import type { WorkersContext } from './run-context.ts';

/**
 * Has the workers store the working set.
 * @throws {LoadTestError} `nothing_stored` when none of it was stored, and the run was not interrupted.
 */
export async function warmUpTarget(run: WorkersContext): Promise<WarmupMeasurement> {
  const { config, inbox, keys, notes, pool, progress, shared, signal } = run;
  const boundMs = config.warmupTimeoutSecs * 1000;
  const readMs = keys === 0 ? 0 : config.warmupReadSecs * 1000;
  progress.enter('warming', boundMs + readMs);
  const fromMs = performance.now();
  let untilMs = fromMs + boundMs + readMs + silenceMs;
  const stop = (): void => {
    untilMs = Math.min(untilMs, performance.now() + interruptedDrainMs + silenceMs);
    pool.post({ kind: 'stop', drainMs: interruptedDrainMs });
  };
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  pool.post({ kind: 'warm', untilMs: sharedNowMs() + boundMs });
  const warmed = await inbox.collect('warmed', pool, () => untilMs);
  signal.removeEventListener('abort', stop);
  const sums = sumsOf(shared);
  const warmup: WarmupMeasurement = {
    keys,
    stored: sums[counterSlot.warmupStored]!,
    failed: sums[counterSlot.warmupFailed]!,
    storedBytes: sums[counterSlot.warmupBytes]!,
    durationMs: performance.now() - fromMs,
    timedOut: warmed.some((message) => message.timedOut),
    failures: failuresAt(sums, warmupFailureSlot),
  };
  if (warmup.keys > 0 && warmup.stored === 0 && !signal.aborted) {
    throw new LoadTestError(
      'nothing_stored',
      `the warm-up stored none of its ${warmup.keys} artifacts: ${notes.join('; ') || 'no answer in time'}`,
    );
  }
  return warmup;
}
