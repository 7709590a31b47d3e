import { randomBytes } from 'node:crypto';
import type { ResolvedConfig } from '../config/config.ts';
import type { LoadTestScenario } from '../scenario/scenario.ts';
import { startTarget } from '../target/target.ts';
import { EngineRun } from './engine-run.ts';
import type { Measurement } from './measurement.ts';
import type { ProgressListener } from './progress.ts';

/**
 * Runs a load test from the start of its target to the removal of what it stored, and answers with
 * everything measured. `signal` ends it early: what was measured until then is answered all the
 * same, with `stopReason: 'interrupted'`.
 * @throws {CommandError} `noAnswer`: the target can't be started or reached, is no cache, or took
 *   nothing of the working set.
 */
export async function runEngine(options: EngineOptions): Promise<Measurement> {
  const target = await startTarget(options.config);
  const run = new EngineRun({ ...options, target, runId: randomBytes(8).toString('hex') });
  try {
    return await run.measure();
  } finally {
    await run.end();
    await target.stop();
  }
}

export interface EngineOptions {
  readonly config: ResolvedConfig;
  /** A user's own operation. It runs on the caller's thread, and there is no warm-up. */
  readonly scenario?: LoadTestScenario | undefined;
  readonly onProgress?: ProgressListener | undefined;
  readonly signal: AbortSignal;
  /** Another entry for the generator threads: for tests. */
  readonly workerEntry?: URL | undefined;
}
