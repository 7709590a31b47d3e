import { randomBytes } from 'node:crypto';
import type { Measurement } from '../measurement.ts';
import { startTarget } from '../target/target.ts';
import type { EngineOptions } from './engine-options.ts';
import { EngineRun } from './engine-run.ts';

/**
 * Runs a load test from the start of its target to the removal of what it stored, and returns
 * everything measured. `signal` ends it early: what was measured until then is returned all the
 * same, with `stopReason: 'interrupted'`.
 * @throws {LoadTestError} where there is nothing to measure; its code says why.
 */
export async function runEngine(options: EngineOptions): Promise<Measurement> {
  const { config, scenario, session, signal } = options;
  const target = session?.target ?? (await startTarget(config, signal));
  const run = new EngineRun({
    ...options,
    target,
    workingSet: scenario === undefined ? session?.workingSet : undefined,
    runId: randomBytes(8).toString('hex'),
  });
  try {
    return await run.measure();
  } finally {
    await run.end();
    if (session === undefined) await target.stop();
  }
}
