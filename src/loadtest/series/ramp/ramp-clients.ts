import { messageOf } from '../../../core/index.ts';
import type { LoadTestConfig, ResolvedConfig } from '../../config/config.ts';
import { resolveConfig } from '../../config/resolve-config.ts';
import { openSession } from '../../engine/engine-session.ts';
import { ConfigError } from '../../errors.ts';
import { assembleSuite } from '../../result/assemble-suite.ts';
import type { ResultOf } from '../../result/model/load-test-result.ts';
import type { RunResult } from '../../result/model/run.ts';
import type { LoadTestMetrics } from '../../run/load-test-metrics.ts';
import { type LoadTestOptions, runResolved } from '../../run/run-load-test.ts';
import { scalingOf } from './scaling.ts';

/** Seconds that each number of clients is held, unless a duration is given. */
export const defaultRampStepSecs = 5;
/** The default client counts. */
export const defaultRampClients: readonly number[] = [1, 5, 10, 20, 50, 100, 200];
const rampStepsMax = 50;

/**
 * The client-scaling benchmark: a closed loop with one number of clients after another against one
 * target and one working set. The result holds a run for each of them, and the fitted law as its `scaling`.
 * @throws {ConfigError} before anything is started.
 * @throws {LoadTestError} where there is no target to drive.
 */
export async function rampClients(
  config: LoadTestConfig,
  clients: readonly number[] = defaultRampClients,
  options: RampOptions = {},
): Promise<ResultOf<'scaling'>> {
  const configs = rampConfigs(config, clients);
  const signal = options.signal ?? new AbortController().signal;
  const startedAt = new Date();
  const results: RunResult[] = [];
  let missing: { readonly reason: string; readonly interrupted: boolean } | undefined;
  // The working set is removed by as many connections as the last step has.
  const session = await openSession(configs.at(-1)!, signal);
  try {
    for (const [index, step] of configs.entries()) {
      missing = await runStep(step, index);
      if (missing !== undefined) break;
    }
  } finally {
    await session.close();
  }
  const suite = assembleSuite(results, startedAt, missing);
  return { kind: 'scaling', result: { ...suite, scaling: scalingOf(results) } };

  async function runStep(step: ResolvedConfig, index: number): Promise<typeof missing> {
    if (signal.aborted) return { reason: `interrupted before ${step.name}`, interrupted: true };
    options.onStep?.(step, index, configs.length);
    try {
      const run = await runResolved(step, options, session);
      results.push(run.result);
      options.onStepEnd?.(run);
      if (run.stopReason !== 'interrupted') return undefined;
      return { reason: `interrupted during ${step.name}`, interrupted: true };
    } catch (error) {
      if (results.length === 0) throw error;
      return { reason: `${step.name} had no answer: ${messageOf(error)}`, interrupted: false };
    }
  }
}

/** What a ramp may be given besides its configuration and its numbers of clients. */
export interface RampOptions extends LoadTestOptions {
  readonly onStep?: ((config: ResolvedConfig, index: number, total: number) => void) | undefined;
  readonly onStepEnd?: ((run: LoadTestMetrics) => void) | undefined;
}

/** Checks the client counts and what they are to run. @throws {ConfigError} */
export function rampConfigs(
  config: LoadTestConfig,
  clients: readonly number[],
): readonly ResolvedConfig[] {
  const isRising = clients.every((count, index) => count > (clients[index - 1] ?? 0));
  if (clients.length === 0 || clients.length > rampStepsMax || !isRising) {
    throw new ConfigError([
      `a ramp needs 1 to ${rampStepsMax} increasing client counts; got ${clients.join(',')}`,
    ]);
  }
  return clients.map((numClients) => resolveConfig(configWithClients(config, numClients)));
}

/** The configuration of one of its runs. */
export function configWithClients(config: LoadTestConfig, numClients: number): LoadTestConfig {
  return {
    ...config,
    name: `${numClients} client${numClients === 1 ? '' : 's'}`,
    numClients,
    durationSecs: config.durationSecs ?? defaultRampStepSecs,
    rate: undefined,
    stages: undefined,
    requestsPerClient: 0,
    repeatBuilds: false,
  };
}
