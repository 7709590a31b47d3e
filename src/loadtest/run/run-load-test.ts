import type { LoadTestConfig, ResolvedConfig } from '../config/config.ts';
import { resolveConfig } from '../config/resolve-config.ts';
import type { EngineSession } from '../engine/engine-session.ts';
import type { Progress, ProgressListener } from '../engine/progress/progress.ts';
import { runEngine } from '../engine/run-engine.ts';
import { ConfigError } from '../errors.ts';
import { scenarioReferenceOf } from '../operation/load-scenario.ts';
import {
  isScenarioModule,
  type LoadTestScenario,
  type ScenarioModule,
} from '../operation/operation.ts';
import { prepareReplay } from '../replay/prepare-replay.ts';
import { assembleResult } from '../result/assemble-result.ts';
import { readEnvironment } from '../result/environment.ts';
import type { Criteria } from '../verdict/criteria.ts';
import { judgeSafely } from '../verdict/judge.ts';
import { type LoadTestMetrics, metricsOf } from './load-test-metrics.ts';
import type { LoadTestState } from './load-test-state.ts';

/**
 * Runs one load test: starts the target or reaches it, stores the working set, drives it, judges it.
 * @throws {ConfigError} listing every problem, before anything is started.
 * @throws {LoadTestError} where there is nothing to measure; its code says why.
 */
export async function runLoadTest(
  config: LoadTestConfig = {},
  options: LoadTestOptions = {},
): Promise<LoadTestMetrics> {
  return runResolved(resolveConfig(config), options);
}

/** What a run may be given besides its configuration. */
export interface LoadTestOptions {
  /**
   * What one operation does, instead of a build step's lookup and store. An object runs on the
   * caller's thread, a module in `workers` threads. Such a run has no warm-up and removes nothing.
   */
  readonly scenario?: LoadTestScenario | ScenarioModule | undefined;
  /** Ends the run early and gracefully: what was measured is judged and marked interrupted. */
  readonly signal?: AbortSignal | undefined;
  /** Called a few times per second with the run's progress. */
  readonly onProgress?: ProgressListener | undefined;
  /** Kept up to date during the run. */
  readonly state?: LoadTestState | undefined;
  /** Default: the published criteria. */
  readonly criteria?: Criteria | undefined;
}

/** {@link runLoadTest} with a configuration that was resolved before, and with what it shares with other runs. */
export async function runResolved(
  given: ResolvedConfig,
  options: LoadTestOptions,
  session?: EngineSession,
): Promise<LoadTestMetrics> {
  const { scenario, onProgress, state } = options;
  // Checked before anything is started.
  if (isScenarioModule(scenario)) scenarioReferenceOf(scenario);
  if (scenario !== undefined && given.load.kind === 'replay') {
    throw new ConfigError([
      "replay can't be given with a scenario of your own: a trace has its own",
    ]);
  }
  const listen = (progress: Progress): void => {
    state?.update(progress);
    onProgress?.(progress);
  };
  const environment = readEnvironment();
  const signal = options.signal ?? new AbortController().signal;
  const { config, plan: replay, close } = await prepareReplay(given, signal);
  try {
    const measurement = await runEngine({
      config,
      replay,
      signal,
      onProgress: listen,
      session,
      ...(scenario === undefined ? {} : { scenario }),
    });
    const verdict = judgeSafely(measurement, config, options.criteria);
    const result = assembleResult({
      measurement,
      config,
      replay,
      verdict,
      environment: await environment,
    });
    return metricsOf(result);
  } finally {
    await close();
  }
}
