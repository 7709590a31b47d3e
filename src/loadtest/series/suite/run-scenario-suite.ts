import { messageOf } from '../../../core/index.ts';
import type { LoadTestConfig, ResolvedConfig } from '../../config/config.ts';
import { resolveConfig } from '../../config/resolve-config.ts';
import { type ScenarioDefinition, suiteScenarios } from '../../config/scenarios.ts';
import { assembleSuite } from '../../result/assemble-suite.ts';
import type { ResultOf } from '../../result/model/load-test-result.ts';
import type { RunResult } from '../../result/model/run.ts';
import type { LoadTestMetrics } from '../../run/load-test-metrics.ts';
import { type LoadTestOptions, runResolved } from '../../run/run-load-test.ts';

/**
 * Runs scenarios one after another, each against a target of its own where the target is embedded.
 * Ends at the first that is interrupted or finds no target; what was measured until then is kept.
 * @throws {ConfigError} before the first scenario starts.
 */
export async function runScenarioSuite(
  overrides: LoadTestConfig = {},
  options: SuiteOptions = {},
): Promise<ResultOf<'suite'>> {
  const scenarios = options.scenarios ?? suiteScenarios;
  const configs = scenarios.map(({ config }) => resolveConfig({ ...config, ...overrides }));
  const startedAt = new Date();
  const runs: RunResult[] = [];
  let missing: { readonly reason: string; readonly interrupted: boolean } | undefined;
  for (const [index, config] of configs.entries()) {
    missing = await runOne(config, index);
    if (missing !== undefined) break;
  }
  return { kind: 'suite', result: assembleSuite(runs, startedAt, missing) };

  async function runOne(config: ResolvedConfig, index: number): Promise<typeof missing> {
    if (options.signal?.aborted === true) {
      return { reason: `interrupted before ${config.name}`, interrupted: true };
    }
    options.onScenario?.(config, index, configs.length);
    try {
      const run = await runResolved(config, options);
      runs.push(run.result);
      options.onResult?.(run);
      const isLast = index === configs.length - 1;
      if (run.stopReason !== 'interrupted' || isLast) return undefined;
      return { reason: `interrupted during ${config.name}`, interrupted: true };
    } catch (error) {
      if (runs.length === 0) throw error;
      return { reason: `${config.name} had no answer: ${messageOf(error)}`, interrupted: false };
    }
  }
}

/** What a suite may be given besides the configuration that is laid over its scenarios. */
export interface SuiteOptions extends LoadTestOptions {
  /** Default: the five of the suite. */
  readonly scenarios?: readonly ScenarioDefinition[] | undefined;
  /** Called before each scenario. */
  readonly onScenario?:
    | ((config: ResolvedConfig, index: number, total: number) => void)
    | undefined;
  /** Called after each scenario. */
  readonly onResult?: ((run: LoadTestMetrics) => void) | undefined;
}
