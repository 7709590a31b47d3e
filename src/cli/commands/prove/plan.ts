import { parseDuration, parseNumber, parseSize } from '../../../core/index.ts';
import { integer } from '../../../core/settings/index.ts';
import type { FlagValues, targetOptions } from '../../../loadtest/config/options/index.ts';
import {
  type HistoryConfig,
  injectedFaults,
  keySpaces,
  resolveTarget,
  valueBytesMin,
} from '../../../loadtest/internal.ts';
import { CommandError, exitCodes } from '../../shared/exit-codes.ts';
import { labelOf } from '../../shared/option-flags.ts';
import { planLoadTest } from '../loadtest/plan.ts';

/** What commander makes of the flags: texts as they were typed. */
export interface HistoryFlags extends Omit<FlagValues<typeof targetOptions>, 'target'> {
  readonly target?: readonly string[];
  readonly redis?: string;
  readonly s3?: string;
  readonly bucket?: string;
  readonly nodes?: string;
  readonly faults?: string;
  readonly clients?: string;
  readonly keys?: string;
  readonly spaces?: string;
  readonly sizes?: string;
  readonly duration?: string;
  readonly timeout?: string;
  readonly seed?: string;
  readonly output?: string;
  readonly quiet?: true;
}

export interface CheckFlags {
  readonly failover?: readonly string[];
  readonly losable?: string;
}

export interface HistoryPlan {
  readonly config: HistoryConfig;
  readonly output: string | undefined;
  readonly quiet: boolean;
}

export interface CheckPlan {
  /** On the wall clock. */
  readonly failoversAtMs: readonly number[];
  readonly losableMs: number;
}

/** Reads the flags and the files they name. @throws {CommandError} `usage`, listing every problem. */
export async function planHistory(flags: HistoryFlags): Promise<HistoryPlan> {
  const problems: string[] = [];
  const given = readWith(problems);
  const system =
    flags.target === undefined
      ? await ownServers(flags, problems)
      : { kind: 'targets' as const, endpoints: await endpointsOf(flags, problems) };
  const isInlineOnly = system.kind === 'own' && system.shared?.s3 === undefined;
  const sizes = isInlineOnly && flags.redis !== undefined ? inlineSizes : defaultSizes;
  const config: HistoryConfig = {
    system,
    clients: given.count('--clients', flags.clients, 16, 1_000),
    keys: given.count('--keys', flags.keys, 64, 10_000),
    spaces: given.list('--spaces', flags.spaces, keySpaces, keySpaces),
    sizesBytes: given.sizes('--sizes', flags.sizes ?? sizes),
    durationMs: given.duration('--duration', flags.duration ?? '20s'),
    timeoutMs: given.duration('--timeout', flags.timeout ?? '5s'),
    seed: given.seed(flags.seed),
  };
  throwIfAny(problems);
  return { config, output: flags.output, quiet: flags.quiet === true };
}

/** @throws {CommandError} `usage`. */
export function planCheck({ failover = [], losable = '1s' }: CheckFlags): CheckPlan {
  const problems: string[] = [];
  const losableMs = readWith(problems).duration('--losable', losable);
  const failoversAtMs = failover.map((text) => {
    const atMs = Date.parse(text);
    if (Number.isNaN(atMs)) {
      problems.push(`--failover must be a time such as 2026-05-04T10:00:00Z; got ${text}`);
    }
    return atMs;
  });
  throwIfAny(problems);
  return { failoversAtMs, losableMs };
}

const defaultSizes = '100,4KiB,20KiB,300KiB,1536KiB';
/** What a shared store holds without a bucket. */
const inlineSizes = '100,4KiB,16KiB';

async function ownServers(
  flags: HistoryFlags,
  problems: string[],
): Promise<Extract<HistoryConfig['system'], { kind: 'own' }>> {
  const { redis, s3, bucket, nodes, faults, serverArg, serverProgram } = flags;
  const given = readWith(problems);
  // Refuses credentials, which are for a target alone.
  await targetOf(flags, undefined, problems);
  if ((s3 === undefined) !== (bucket === undefined))
    problems.push('--s3 needs --bucket, and --bucket --s3');
  if (redis === undefined && s3 !== undefined) problems.push('--s3 needs --redis');
  if (redis === undefined && nodes !== undefined) {
    problems.push('--nodes needs --redis: one directory has one server');
  }
  return {
    kind: 'own',
    nodes: redis === undefined ? 1 : given.count('--nodes', nodes, 3, 100),
    shared:
      redis === undefined
        ? undefined
        : {
            redis,
            ...(s3 !== undefined && bucket !== undefined && { s3: { url: s3, bucket } }),
          },
    faults: faults === 'none' ? [] : given.list('--faults', faults, injectedFaults, injectedFaults),
    serveArgs: serverArg ?? [],
    program: serverProgram,
  };
}

/** What is for servers that the run starts. */
const ownFlags = ['redis', 's3', 'bucket', 'nodes', 'faults'] as const;

/** Each target with the credentials that the flags name, as `memobuild loadtest` takes them. */
async function endpointsOf(flags: HistoryFlags, problems: string[]) {
  const { target = [] } = flags;
  for (const name of ownFlags) {
    if (flags[name] !== undefined) {
      problems.push(`--${name} is for servers that the run starts, and not for --target`);
    }
  }
  const endpoints = [];
  for (const url of target) {
    const found = await targetOf(flags, url, problems);
    if (found?.kind === 'url') endpoints.push(found);
    else if (found !== undefined) problems.push('--target must be an http:// or https:// URL');
  }
  return endpoints;
}

const credentialFlags = [
  'header',
  'headerFile',
  'tokenFile',
  'bearerEnv',
  'basicEnv',
  'ca',
  'cert',
  'key',
  'insecureTls',
  'serverArg',
  'serverProgram',
] as const satisfies readonly (keyof HistoryFlags)[];

/** Reads the flags of a target as `memobuild loadtest` does. */
async function targetOf(flags: HistoryFlags, target: string | undefined, problems: string[]) {
  const own = Object.fromEntries(
    credentialFlags.flatMap((name) => (flags[name] === undefined ? [] : [[name, flags[name]]])),
  ) as Pick<HistoryFlags, (typeof credentialFlags)[number]>;
  try {
    const { overrides } = await planLoadTest({ ...own, ...(target !== undefined && { target }) });
    return resolveTarget(overrides, (name, problem) =>
      problems.push(`${labelOf(name)} ${problem}`),
    );
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    problems.push(error.message);
    return undefined;
  }
}

/** Reads texts, and adds what is wrong with them to the problems. */
function readWith(problems: string[]) {
  const refuse = (flag: string, takes: string, text: string): void => {
    problems.push(`${flag} must be ${takes}; got "${text}"`);
  };
  return {
    count(flag: string, text: string | undefined, byDefault: number, most: number): number {
      if (text === undefined) return byDefault;
      const { read, takes } = integer(1, most);
      const value = read(text);
      if (value === undefined) refuse(flag, takes, text);
      return value ?? byDefault;
    },
    duration(flag: string, text: string): number {
      const ms = parseDuration(text) ?? 0;
      if (ms <= 0 || ms > durationMaxMs) refuse(flag, 'a time up to 24h such as 20s', text);
      return ms;
    },
    seed(text: string | undefined): number {
      if (text === undefined) return Math.floor(Math.random() * 2 ** 32);
      const seed = parseNumber(text) ?? -1;
      if (!Number.isSafeInteger(seed) || seed < 0) refuse('--seed', 'a whole number', text);
      return seed;
    },
    sizes(flag: string, text: string): number[] {
      return text.split(',').map((part) => {
        const bytes = parseSize(part) ?? 0;
        if (bytes < valueBytesMin || bytes > sizeBytesMax) {
          refuse(flag, `sizes from ${valueBytesMin} bytes to 64MiB, such as 100,4KiB`, text);
        }
        return bytes;
      });
    },
    list<T extends string>(
      flag: string,
      text: string | undefined,
      choices: readonly T[],
      byDefault: readonly T[],
    ): readonly T[] {
      if (text === undefined) return byDefault;
      const chosen = text.split(',').map((part) => choices.find((choice) => choice === part));
      const known = chosen.filter((choice) => choice !== undefined);
      if (known.length < chosen.length) refuse(flag, `a list of ${choices.join(', ')}`, text);
      return known;
    },
  };
}

const durationMaxMs = 24 * 3_600_000;
const sizeBytesMax = 64 * 2 ** 20;

function throwIfAny(problems: readonly string[]): void {
  if (problems.length === 0) return;
  throw new CommandError(exitCodes.usage, [...new Set(problems)].join('\n'));
}
