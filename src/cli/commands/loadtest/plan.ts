import { access } from 'node:fs/promises';
import {
  ConfigError,
  type Criteria,
  findScenario,
  type LoadTestConfig,
  type ResolvedConfig,
  readCriteriaFile,
  readScenarioFile,
  resolveConfig,
  type ScenarioDefinition,
  scenarios,
  suiteScenarios,
} from '../../../loadtest/index.ts';
import { CommandError, exitCodes } from '../../shared/exit-codes.ts';
import { outputsThatMeet, type ReportFiles } from '../../shared/report-files.ts';
import { readCredentials } from './credentials.ts';
import { flagName } from './flag-values.ts';
import type { LoadTestFlags } from './flags.ts';
import { configOf, labelOf } from './option-flags.ts';
import { planSeries, type SeriesPlan } from './series-plan.ts';

/** What the flags came to: checked, nothing started yet. */
export interface LoadTestPlan {
  /** One run, the suite's, or those of a series. */
  readonly kind: 'run' | 'suite' | 'series';
  readonly series: SeriesPlan | undefined;
  readonly scenarios: readonly ScenarioDefinition[];
  /** Laid over each scenario's configuration. */
  readonly overrides: LoadTestConfig;
  /** What will run, for what is said before. */
  readonly resolved: readonly ResolvedConfig[];
  readonly criteria: Criteria | undefined;
  readonly output: string | undefined;
  readonly reports: ReportFiles;
  readonly strict: boolean;
  readonly json: boolean;
  readonly quiet: boolean;
}

/** Reads the flags and the files they name. @throws {CommandError} `usage`, listing every problem. */
export async function planLoadTest(flags: LoadTestFlags): Promise<LoadTestPlan> {
  const problems: string[] = [];
  /** Goes on after a problem, so that the user sees all of them. */
  const attempt = async <T>(work: () => Promise<T> | T): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      problems.push(...error.problems);
      return undefined;
    }
  };
  const credentials = await attempt(() => readCredentials(flags));
  const criteria =
    flags.criteria === undefined
      ? undefined
      : await attempt(() => readCriteriaFile(flags.criteria!));
  const chosen = (await attempt(() => chooseScenarios(flags))) ?? [plainRun];
  const overrides = { ...configOf(flags), ...credentials };
  const series = await attempt(() => planSeries(flags));
  const resolved = await attempt(() =>
    chosen.map(({ config }) => {
      const asked = { ...config, ...overrides };
      return resolveConfig(series?.exampleOf(asked) ?? asked, { labelOf });
    }),
  );
  const { output, junit, markdown } = flags;
  problems.push(
    ...outputsThatMeet({ '--output': output, '--junit': junit, '--markdown': markdown }),
  );
  if (problems.length > 0 || resolved === undefined) throw usageError([...new Set(problems)]);
  return {
    kind: series !== undefined ? 'series' : flags.scenarios === true ? 'suite' : 'run',
    series,
    scenarios: chosen,
    overrides,
    resolved,
    criteria,
    output,
    reports: { junit, markdown },
    strict: flags.strict === true,
    json: flags.json === true,
    quiet: flags.quiet === true,
  };
}

const plainRun: ScenarioDefinition = { name: '', summary: '', config: {} };

async function chooseScenarios(flags: LoadTestFlags): Promise<readonly ScenarioDefinition[]> {
  if (flags.scenarios === true) {
    const own = ['clients', 'duration', 'requests', 'hitRate', 'rate', 'stages', 'replay'] as const;
    const given = own.filter((flag) => flags[flag] !== undefined).map(flagName);
    if (flags.scenario !== undefined) given.push('--scenario');
    if (given.length === 0) return suiteScenarios;
    throw new ConfigError(
      given.map((flag) => `${flag} can't be given with --scenarios: each scenario has its own`),
    );
  }
  const { scenario } = flags;
  if (scenario === undefined) return [plainRun];
  if (flags.replay !== undefined) {
    throw new ConfigError(["--scenario can't be given with --replay: the trace is the scenario"]);
  }
  const builtIn = findScenario(scenario);
  if (builtIn !== undefined) return [builtIn];
  if (/[./\\]/.test(scenario) || (await exists(scenario)))
    return [await readScenarioFile(scenario)];
  const names = scenarios.map(({ name }) => name).join(', ');
  throw new ConfigError([`--scenario takes ${names}, or a YAML or JSON file; got "${scenario}"`]);
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}

function usageError(problems: readonly string[]): CommandError {
  const text =
    problems.length === 1
      ? `${problems[0]}`
      : `${problems.length} problems:\n${problems.map((line) => `  - ${line}`).join('\n')}`;
  return new CommandError(exitCodes.usage, text);
}
