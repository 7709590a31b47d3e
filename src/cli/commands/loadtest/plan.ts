import { access } from 'node:fs/promises';
import {
  allOptions,
  flagNameOf,
  type Option,
  readFlags,
} from '../../../loadtest/config/options/index.ts';
import {
  type CapacityConfig,
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
} from '../../../loadtest/internal.ts';
import { CommandError, exitCodes } from '../../shared/exit-codes.ts';
import { labelOf } from '../../shared/option-flags.ts';
import { outputsThatMeet, type ReportFiles } from '../../shared/report-files.ts';
import { readCredentials } from './credentials.ts';
import type { LoadTestFlags } from './flags.ts';
import { flagName, planSeries } from './series-plan.ts';

/** The checked flags; nothing has started yet. */
export type LoadTestPlan = RunPlan | SuitePlan | CapacityPlan | RampPlan;

/** Files that a load test can write in addition to its result. */
export type LoadTestReport =
  | 'junit'
  | 'markdown'
  | 'csv'
  | 'benchmarkBigger'
  | 'benchmarkSmaller'
  | 'bencher';

/** One run. */
export interface RunPlan extends CommonPlan {
  readonly kind: 'run';
  readonly scenario: ScenarioDefinition;
}

/** Several scenarios, one after another. */
export interface SuitePlan extends CommonPlan {
  readonly kind: 'suite';
  readonly scenarios: readonly ScenarioDefinition[];
}

/** A search for the highest rate that meets the criteria. */
export interface CapacityPlan extends CommonPlan {
  readonly kind: 'capacity';
  readonly scenario: ScenarioDefinition;
  readonly capacity: CapacityConfig;
}

/** A closed loop with one number of clients after another. */
export interface RampPlan extends CommonPlan {
  readonly kind: 'ramp';
  readonly scenario: ScenarioDefinition;
  readonly clients: readonly number[];
}

interface CommonPlan {
  /** Laid over each scenario's configuration. */
  readonly overrides: LoadTestConfig;
  /** What will run, for what is said before; an example where runs follow from one another. */
  readonly resolved: readonly ResolvedConfig[];
  readonly criteria: Criteria | undefined;
  readonly output: string | undefined;
  readonly reports: ReportFiles<LoadTestReport>;
  /** Whether to report to GitHub Actions; `undefined`: where it runs there. */
  readonly github: boolean | undefined;
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
  const chosen = (await attempt(() => chooseScenarios(flags))) ?? {
    kind: 'run',
    scenario: plainRun,
  };
  const overrides: LoadTestConfig = { ...readFlags(allOptions, flags), ...credentials };
  const series = await attempt(() => planSeries(flags));
  const scenarios = chosen.kind === 'suite' ? chosen.scenarios : [chosen.scenario];
  const resolved = await attempt(() =>
    scenarios.map(({ config }) => {
      const asked = { ...config, ...overrides };
      return resolveConfig(series?.exampleOf(asked) ?? asked, { labelOf });
    }),
  );
  const { output } = flags;
  const reports = reportsOf(flags);
  const named = Object.entries({ output, ...reports }).map(([name, path]) => [
    flagName(name),
    path,
  ]);
  problems.push(...outputsThatMeet(Object.fromEntries(named)));
  if (problems.length > 0 || resolved === undefined) throw usageError([...new Set(problems)]);
  const common: CommonPlan = {
    overrides,
    resolved,
    criteria,
    output,
    reports,
    github: flags.github,
    strict: flags.strict === true,
    json: flags.json === true,
    quiet: flags.quiet === true,
  };
  // A series of a suite is a problem, and was reported above.
  if (series === undefined || chosen.kind === 'suite') return { ...common, ...chosen };
  const { exampleOf: _, ...what } = series;
  return { ...common, ...what, scenario: chosen.scenario };
}

function reportsOf(flags: LoadTestFlags): ReportFiles<LoadTestReport> {
  const { junit, markdown, csv, benchmarkBigger, benchmarkSmaller, bencher } = flags;
  return { junit, markdown, csv, benchmarkBigger, benchmarkSmaller, bencher };
}

const plainRun: ScenarioDefinition = { name: '', summary: '', config: {} };

/** The kind of run and its scenarios, before a series is made of it. */
type Chosen = Pick<RunPlan, 'kind' | 'scenario'> | Pick<SuitePlan, 'kind' | 'scenarios'>;

async function chooseScenarios(flags: LoadTestFlags): Promise<Chosen> {
  if (flags.scenarios === true) {
    const given = Object.entries<Option>(allOptions)
      .filter(([, { setByScenario }]) => setByScenario === true)
      .map(([key]) => labelOf(key))
      .filter((flag) => flags[flagNameOf(flag) as keyof LoadTestFlags] !== undefined);
    if (flags.scenario !== undefined) given.push('--scenario');
    if (given.length === 0) return { kind: 'suite', scenarios: suiteScenarios };
    throw new ConfigError(
      given.map((flag) => `${flag} can't be given with --scenarios: each scenario sets its own`),
    );
  }
  return { kind: 'run', scenario: await chooseScenario(flags) };
}

async function chooseScenario({ scenario, replay }: LoadTestFlags): Promise<ScenarioDefinition> {
  if (scenario === undefined) return plainRun;
  if (replay !== undefined) {
    throw new ConfigError(["--scenario can't be given with --replay: the trace is the scenario"]);
  }
  const builtIn = findScenario(scenario);
  if (builtIn !== undefined) return builtIn;
  if (/[./\\]/.test(scenario) || (await exists(scenario))) return readScenarioFile(scenario);
  const names = scenarios.map(({ name }) => name).join(', ');
  throw new ConfigError([`--scenario must be ${names}, or a YAML or JSON file; got "${scenario}"`]);
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
