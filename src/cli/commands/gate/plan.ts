import { parseNumber } from '../../../core/index.ts';
import type { FlagValues, targetOptions } from '../../../loadtest/config/options/index.ts';
import {
  type Checklist,
  ConfigError,
  findChecklist,
  type LoadTestConfig,
  readChecklistFile,
  releaseChecklists,
} from '../../../loadtest/internal.ts';
import { CommandError, exitCodes } from '../../shared/exit-codes.ts';
import { planLoadTest } from '../loadtest/plan.ts';

type TargetFlags = FlagValues<typeof targetOptions>;

/** What commander makes of the flags: texts as they were typed. */
export interface GateFlags extends TargetFlags {
  readonly release?: string;
  readonly file?: string;
  readonly quick?: true;
  readonly scale?: string;
  readonly output?: string;
  readonly github?: boolean;
  readonly json?: true;
  readonly quiet?: true;
}

export interface GatePlan {
  readonly checklist: Checklist;
  readonly overrides: LoadTestConfig;
  readonly scale: number;
  /** Directory. */
  readonly output: string;
  /** Whether to report to GitHub Actions; `undefined`: where it runs there. */
  readonly github: boolean | undefined;
  readonly json: boolean;
  readonly quiet: boolean;
}

const quickScale = 0.05;

/** Reads the flags and the files they name. @throws {CommandError} `usage`, listing every problem. */
export async function planGate(flags: GateFlags): Promise<GatePlan> {
  const { release, file, quick, scale, output, github, json, quiet, ...target } = flags;
  const problems: string[] = [];
  const checklist = await chooseChecklist(release, file, problems);
  if (quick !== undefined && scale !== undefined) {
    problems.push("--quick and --scale can't be given together");
  }
  const factor = quick === true ? quickScale : readScale(scale, problems);
  const overrides = await readTarget(target, problems);
  if (problems.length > 0 || checklist === undefined) {
    throw new CommandError(exitCodes.usage, problems.join('\n'));
  }
  return {
    checklist,
    overrides,
    scale: factor,
    output: output ?? 'gate',
    github,
    json: json === true,
    quiet: quiet === true,
  };
}

async function chooseChecklist(
  release: string | undefined,
  file: string | undefined,
  problems: string[],
): Promise<Checklist | undefined> {
  if ((release === undefined) === (file === undefined)) {
    problems.push('gate needs either --release or --file');
    return undefined;
  }
  if (file !== undefined) {
    try {
      return await readChecklistFile(file);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      problems.push(...error.problems);
      return undefined;
    }
  }
  const known = findChecklist(release!);
  if (known === undefined) {
    const names = releaseChecklists.map(({ name }) => name).join(', ');
    problems.push(`--release must be one of ${names}; got ${release}`);
  }
  return known;
}

function readScale(text: string | undefined, problems: string[]): number {
  if (text === undefined) return 1;
  const factor = parseNumber(text);
  if (factor !== undefined && factor > 0 && factor <= 100) return factor;
  problems.push(`--scale must be a number above 0, up to 100; got "${text}"`);
  return 1;
}

/** The flags of the target mean what they mean to `memobuild loadtest`. */
async function readTarget(flags: TargetFlags, problems: string[]): Promise<LoadTestConfig> {
  try {
    return (await planLoadTest(flags)).overrides;
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    problems.push(error.message);
    return {};
  }
}
