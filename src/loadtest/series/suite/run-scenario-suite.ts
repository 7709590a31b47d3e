import { messageOf } from '../../../core/index.ts';
import type { LoadTestConfig, ResolvedConfig } from '../../config/config.ts';
import { resolveConfig } from '../../config/resolve-config.ts';
import { type ScenarioDefinition, suiteScenarios } from '../../config/scenarios.ts';
import { assembleSuite } from '../../result/assemble-suite.ts';
import type { SuiteResult } from '../../result/model/suite.ts';
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
): Promise<SuiteOutcome> {
  const scenarios = options.scenarios ?? suiteScenarios;
  const configs = scenarios.map(({ config }) => resolveConfig({ ...config, ...overrides }));
  const startedAt = new Date();
  const runs: LoadTestMetrics[] = [];
  let missing: { readonly reason: string; readonly interrupted: boolean } | undefined;
  for (const [index, config] of configs.entries()) {
    missing = await runOne(config, index);
    if (missing !== undefined) break;
  }
  const results = runs.map(({ result }) => result);
  return { runs, result: assembleSuite(results, startedAt, missing) };

  async function runOne(config: ResolvedConfig, index: number): Promise<typeof missing> {
    if (options.signal?.aborted === true) {
      return { reason: `interrupted before ${config.name}`, interrupted: true };
    }
    options.onScenario?.(config, index, configs.length);
    try {
      const run = await runResolved(config, options);
      runs.push(run);
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

export interface SuiteOptions extends LoadTestOptions {
  /** Default: the five of the suite. */
  readonly scenarios?: readonly ScenarioDefinition[] | undefined;
  /** Told before each scenario. */
  readonly onScenario?:
    | ((config: ResolvedConfig, index: number, total: number) => void)
    | undefined;
  /** Told after each scenario. */
  readonly onResult?: ((run: LoadTestMetrics) => void) | undefined;
}

export interface SuiteOutcome {
  readonly runs: readonly LoadTestMetrics[];
  readonly result: SuiteResult;
}
