import { parseNumber } from '../../../core/index.ts';
import { integer } from '../../../core/settings/index.ts';
import {
  type ComparisonOptions,
  type ComparisonThresholds,
  defaultThresholds,
  exactRunsMin,
} from '../../../loadtest/internal.ts';
import { CommandError, exitCodes } from '../../shared/exit-codes.ts';
import { outputsThatMeet, type ReportFiles } from '../../shared/report-files.ts';

/** What commander makes of the flags: texts as they were typed. */
export interface CompareFlags {
  readonly base?: readonly string[];
  readonly new?: readonly string[];
  readonly force?: true;
  readonly strict?: boolean;
  readonly interleave?: readonly string[];
  readonly repeat?: string;
  readonly output?: string;
  readonly history?: string;
  readonly threshold?: string;
  readonly successThreshold?: string;
  readonly hitRateThreshold?: string;
  readonly memoryThreshold?: string;
  readonly format?: string;
  readonly github?: boolean;
  readonly junit?: string;
  readonly markdown?: string;
}

export type ComparisonPlan = FilesPlan | CollectPlan | HistoryPlan;

export type ComparisonFormat = (typeof formats)[number];

interface Judgement {
  readonly options: ComparisonOptions & { readonly thresholds: ComparisonThresholds };
  readonly format: ComparisonFormat;
  readonly reports: ReportFiles;
  /** Whether to report to GitHub Actions; `undefined`: where it runs there. */
  readonly github: boolean | undefined;
}

export interface FilesPlan extends Judgement {
  readonly kind: 'files';
  readonly base: readonly string[];
  readonly new: readonly string[];
  /** Directory of kept runs, for how far runs lie apart. */
  readonly history?: string | undefined;
}

export interface CollectPlan extends Judgement {
  readonly kind: 'collect';
  /** Each a checkout's directory or a server's URL. */
  readonly base:
    | { readonly kind: 'side'; readonly side: string }
    | { readonly kind: 'files'; readonly files: readonly string[] };
  readonly new: string;
  readonly repeat: number;
  /** Where the results are kept; `undefined`: nowhere. */
  readonly output: string | undefined;
  readonly loadTestArgs: readonly string[];
}

export interface HistoryPlan extends Judgement {
  readonly kind: 'history';
  readonly dir: string;
  /** Result files to add. */
  readonly add: readonly string[];
}

const formats = ['text', 'markdown', 'json'] as const;
const repeatMost = 100;

/** Makes a plan of what was typed. @throws {CommandError} `usage`, listing every problem. */
export function planComparison(
  operands: readonly string[],
  flags: CompareFlags,
  loadTestArgs: readonly string[],
): ComparisonPlan {
  const problems: string[] = [];
  const files = operands.slice(0, operands.length - loadTestArgs.length);
  const judgement = readJudgement(flags, problems);
  const plan = choosePlan(files, flags, loadTestArgs, judgement, problems);
  if (problems.length > 0 || plan === undefined) {
    throw new CommandError(exitCodes.usage, problems.join('\n'));
  }
  return plan;
}

function choosePlan(
  files: readonly string[],
  flags: CompareFlags,
  loadTestArgs: readonly string[],
  judgement: Judgement,
  problems: string[],
): ComparisonPlan | undefined {
  if (flags.history !== undefined && flags.base === undefined && flags.new === undefined) {
    refuse(flags, ['interleave', 'repeat', 'output', 'junit', 'markdown'], '--history', problems);
    return { kind: 'history', dir: flags.history, add: files, ...judgement };
  }
  if (flags.interleave !== undefined || flags.repeat !== undefined) {
    refuse(flags, ['history'], '--interleave or --repeat', problems);
    return collectPlan(files, flags, loadTestArgs, judgement, problems);
  }
  if (flags.output !== undefined) problems.push('--output needs --interleave or --repeat');
  if (loadTestArgs.length > 0) {
    problems.push('arguments after -- need --interleave or --repeat');
  }
  const { base, new: next } = flags;
  if (base === undefined && next === undefined) {
    if (files.length !== 2) {
      problems.push(
        `compare needs two result files, BASE.json NEW.json, or --base FILES --new FILES; got ${files.length}`,
      );
    }
    return { kind: 'files', base: files.slice(0, 1), new: files.slice(1), ...judgement };
  }
  if (base === undefined || next === undefined)
    problems.push('--base and --new must be given together');
  if (files.length > 0) {
    problems.push(`${files.join(' ')}: with --base and --new, every file must follow one of them`);
  }
  const { history } = flags;
  return { kind: 'files', base: base ?? [], new: next ?? [], history, ...judgement };
}

function collectPlan(
  files: readonly string[],
  flags: CompareFlags,
  loadTestArgs: readonly string[],
  judgement: Judgement,
  problems: string[],
): CollectPlan | undefined {
  const repeat = wholeNumber('--repeat', flags.repeat, exactRunsMin, problems);
  const known = { kind: 'collect', repeat, output: flags.output, loadTestArgs } as const;
  if (files.length > 0)
    problems.push(`${files.join(' ')}: --interleave and --repeat take no files`);
  for (const taken of ['--output', '--target']) {
    if (loadTestArgs.some((arg) => arg === taken || arg.startsWith(`${taken}=`))) {
      problems.push(`${taken} after -- is set by compare itself`);
    }
  }
  if (flags.interleave !== undefined) {
    refuse(flags, ['base', 'new'], '--interleave', problems);
    const [a, b, ...more] = flags.interleave;
    if (a === undefined || b === undefined || more.length > 0) {
      problems.push(
        `--interleave needs two sides, each a checkout or a URL; got ${flags.interleave.length}`,
      );
      return undefined;
    }
    return { ...known, base: { kind: 'side', side: a }, new: b, ...judgement };
  }
  const { base, new: next } = flags;
  if (base === undefined) {
    problems.push('--repeat needs --interleave A B, or --base FILES');
    return undefined;
  }
  if (next !== undefined && next.length > 1) {
    problems.push('with --repeat, --new must be one checkout or URL (default: this memobuild)');
  }
  return { ...known, base: { kind: 'files', files: base }, new: next?.[0] ?? '', ...judgement };
}

function readJudgement(flags: CompareFlags, problems: string[]): Judgement {
  const limit = (flag: string, text: string | undefined, fallback: number): number => {
    if (text === undefined) return fallback;
    const value = parseNumber(text.replace(/\s*%$/, ''));
    if (value !== undefined && value >= 0) return value;
    problems.push(`${flag} must be a number of at least 0, got '${text}'`);
    return fallback;
  };
  const format = formats.find((known) => known === (flags.format ?? 'text'));
  if (format === undefined) {
    problems.push(`--format must be one of ${formats.join(', ')}, got '${flags.format}'`);
  }
  const { junit, markdown } = flags;
  problems.push(...outputsThatMeet({ '--junit': junit, '--markdown': markdown }));
  return {
    options: {
      thresholds: {
        performance: limit('--threshold', flags.threshold, defaultThresholds.performance),
        successRate: limit(
          '--success-threshold',
          flags.successThreshold,
          defaultThresholds.successRate,
        ),
        hitRate: limit('--hit-rate-threshold', flags.hitRateThreshold, defaultThresholds.hitRate),
        memory: limit('--memory-threshold', flags.memoryThreshold, defaultThresholds.memory),
      },
      force: flags.force === true,
      strict: flags.strict !== false,
    },
    format: format ?? 'text',
    reports: { junit, markdown },
    github: flags.github,
  };
}

function wholeNumber(
  flag: string,
  text: string | undefined,
  fallback: number,
  problems: string[],
): number {
  if (text === undefined) return fallback;
  const { read, takes } = integer(1, repeatMost);
  const value = read(text);
  if (value === undefined) problems.push(`${flag} must be ${takes}, got '${text}'`);
  return value ?? fallback;
}

function refuse(
  flags: CompareFlags,
  names: readonly (keyof CompareFlags)[],
  beside: string,
  problems: string[],
): void {
  for (const name of names) {
    if (flags[name] !== undefined) problems.push(`--${name} can't be given with ${beside}`);
  }
}
