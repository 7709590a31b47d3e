import type { LoadTestConfig, ResolvedConfig } from '../../config/config.ts';
import { resolveConfig } from '../../config/resolve-config.ts';
import { openSession } from '../../engine/engine-session.ts';
import { assembleCapacity } from '../../result/assemble-capacity.ts';
import { readEnvironment } from '../../result/environment.ts';
import type { CapacityStepResult } from '../../result/model/capacity.ts';
import type { ResultOf } from '../../result/model/load-test-result.ts';
import type { RunResult } from '../../result/model/run.ts';
import type { LoadTestOptions } from '../../run/run-load-test.ts';
import { type CapacityConfig, configAtRate, resolveCapacity } from './capacity-config.ts';
import { type HeldRate, holdRate } from './hold-rate.ts';
import { type HoldVerdict, searchRates } from './search-rates.ts';

/**
 * Finds the highest rate at which a target meets the criteria: open loop, one target and one working
 * set for all steps. The result holds a run for each step, and what was found as its `capacity`.
 * @throws {ConfigError} listing every problem, before anything is started.
 * @throws {LoadTestError} where there is no target to drive.
 */
export async function findCapacity(
  config: LoadTestConfig,
  capacity: CapacityConfig = {},
  options: CapacityOptions = {},
): Promise<ResultOf<'capacity'>> {
  const limits = resolveCapacity(capacity);
  const durationSecs = limits.stepDurationMaxSecs;
  const at = (rate: number, more: LoadTestConfig = {}) =>
    resolveConfig({ ...configAtRate(config, { rate, durationSecs }), ...more });
  const base = at(limits.startRate);
  const signal = options.signal ?? new AbortController().signal;
  const startedAt = new Date();
  const environment = await readEnvironment();
  const steps: CapacityStepResult[] = [];
  const runs: RunResult[] = [];
  let leftBytes = 0;
  let noAnswer: unknown;
  const session = await openSession(base, signal);
  try {
    const findings = await searchRates(limits, hold);
    if (noAnswer !== undefined && runs.length === 0) throw noAnswer;
    const problem = noAnswer;
    const result = assembleCapacity({ runs, steps, findings, limits, startedAt, problem });
    return { kind: 'capacity', result };
  } finally {
    await session.close();
  }

  async function hold(rate: number, attempt: number): Promise<HoldVerdict> {
    const last = steps.at(-1);
    if (last !== undefined && last.verdict !== 'met') await recover(signal);
    if (signal.aborted) return 'interrupted';
    const isShared = base.target.kind === 'url';
    // What earlier steps could not remove counts against the bound on all that is stored.
    const maxStoredBytes = Math.max(1, base.maxStoredBytes - (isShared ? leftBytes : 0));
    const { scenario, criteria, onProgress } = options;
    const config = { ...at(rate), maxStoredBytes };
    options.onStep?.({ rate, attempt, index: steps.length, config });
    let held: HeldRate;
    try {
      held = await holdRate({
        config,
        rate,
        attempt,
        holdSecs: limits.stepDurationSecs,
        session,
        scenario,
        criteria,
        environment,
        signal,
        onProgress: (progress) => {
          options.state?.update(progress);
          onProgress?.(progress);
        },
      });
    } catch (error) {
      if (signal.aborted) return 'interrupted';
      noAnswer = error;
      return 'no_answer';
    }
    leftBytes += held.leftBytes;
    steps.push(held.step);
    runs.push(held.result);
    options.onStepEnd?.(held.step, held.result);
    return held.verdict;
  }
}

/** What a search for the capacity may be given besides its configuration. */
export interface CapacityOptions extends LoadTestOptions {
  /** Called before each step. */
  readonly onStep?: ((step: CapacityStep) => void) | undefined;
  readonly onStepEnd?: ((step: CapacityStepResult, result: RunResult) => void) | undefined;
}

/** A rate that is about to be held. */
export interface CapacityStep {
  readonly rate: number;
  /** 1, or more where it is tried again. */
  readonly attempt: number;
  /** The number among all runs of the search, from 0. */
  readonly index: number;
  readonly config: ResolvedConfig;
}

/** An overloaded target finishes its backlog before the next step. */
const recoverMs = 1_000;

function recover(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(done, recoverMs);
    signal.addEventListener('abort', done, { once: true });
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
  });
}
