import { maxOf } from '../../core/index.ts';
import { ConfigError } from '../errors.ts';
import {
  allOptions,
  checkOptions,
  type DefaultContext,
  defaultMaxInFlight,
  type KeyLabel,
  type Load,
  type LoadTestConfig,
  type Option,
  type OptionKey,
  type Parsed,
  type RateStage,
  type ResolvedConfig,
  type TargetConfig,
} from './options/index.ts';
import { resolveTarget } from './resolve-target.ts';
import { boundsStore } from './serve-args.ts';

/**
 * Checks a user's configuration and fills in every default.
 * @throws {ConfigError} listing every problem at once.
 */
export function resolveConfig(
  config: LoadTestConfig,
  options: { readonly labelOf?: KeyLabel } = {},
): ResolvedConfig {
  const labelOf = options.labelOf ?? ((key) => key);
  const given = withoutUndefined(config);
  const { values, problems: wrongValues } = checkOptions(allOptions, given, labelOf);
  const problems = [...conflictsOf(given, labelOf), ...wrongValues];
  const report = (key: OptionKey, problem: string): void => {
    problems.push(`${labelOf(key)} ${problem}`);
  };
  const target = values === undefined ? undefined : resolveTarget(given, report);
  if (values === undefined || target === undefined) throw new ConfigError(unique(problems));
  const resolved = fillIn(values, target);
  checkTogether(values, resolved, report);
  if (problems.length > 0) throw new ConfigError(unique(problems));
  return resolved;
}

type ParsedConfig = Parsed<typeof allOptions>;

function conflictsOf(given: LoadTestConfig, labelOf: KeyLabel): string[] {
  const [rate, stages, duration] = ['rate', 'stages', 'durationSecs'].map(labelOf);
  const problems: string[] = [];
  if (given.rate !== undefined && given.stages !== undefined) {
    problems.push(`${rate} and ${stages} can't be given together`);
  }
  if (given.stages !== undefined && given.durationSecs !== undefined) {
    problems.push(`${duration} can't be given with ${stages}, which set their own durations`);
  }
  if (given.maxInFlight !== undefined && loadKindOf(given) === 'closed') {
    problems.push(`${labelOf('maxInFlight')} needs ${rate}, ${stages} or ${labelOf('replay')}`);
  }
  for (const key of ['arrivals', 'maxConnections'] as const) {
    if (given[key] !== undefined && loadKindOf(given) === 'closed') {
      problems.push(`${labelOf(key)} needs ${rate}, ${stages} or ${labelOf('replay')}`);
    }
  }
  for (const key of ['rampUpSecs', 'thinkMs'] as const) {
    if (Number(given[key] ?? 0) > 0 && loadKindOf(given) === 'open') {
      problems.push(
        `${labelOf(key)} can't be given with ${rate} or ${stages}: it applies only to a closed loop, whose clients wait for answers`,
      );
    }
  }
  if (given.speed !== undefined && given.replay === undefined) {
    problems.push(`${labelOf('speed')} needs ${labelOf('replay')}`);
  }
  return given.replay === undefined ? problems : [...problems, ...replayConflicts(given, labelOf)];
}

function replayConflicts(given: LoadTestConfig, labelOf: KeyLabel): string[] {
  return Object.entries<Option>(allOptions)
    .filter(([key, { setByTrace }]) => {
      const value = given[key as OptionKey];
      return setByTrace === true && value !== undefined && value !== false;
    })
    .map(
      ([key]) => `${labelOf(key)} can't be given with ${labelOf('replay')}: the trace has its own`,
    );
}

function fillIn(parsed: ParsedConfig, target: TargetConfig): ResolvedConfig {
  const { scale = allOptions.scale.default } = parsed;
  const known: DefaultContext = {
    load: loadKindOf(parsed),
    target: target.kind,
    get numClients() {
      return settle('numClients', parsed, known);
    },
    get maxStoredBytes() {
      return settle('maxStoredBytes', parsed, known);
    },
  };
  const settled = Object.fromEntries(
    Object.entries<Option>(allOptions)
      .filter(([, { composed }]) => composed !== true)
      .map(([key]) => [key, settle(key as OptionKey, parsed, known)]),
    // Each option that has a key of its own was settled above, to a value of its schema.
  ) as Omit<ResolvedConfig, 'name' | 'durationSecs' | 'load' | 'target' | 'scale'>;
  const load = loadOf(parsed, known);
  return {
    ...settled,
    name: parsed.name ?? (load.kind === 'replay' ? replayName : undefined),
    durationSecs:
      load.kind === 'open'
        ? load.stages.reduce((sum, stage) => sum + stage.durationSecs, 0)
        : (parsed.durationSecs ?? allOptions.durationSecs.default) * scale,
    load,
    target: boundedTarget(target, settled.workingSetBytesMax),
    ...(scale === 1 ? {} : { scale }),
  };
}

/** What was given, or the default. */
function settle<Key extends OptionKey>(
  key: Key,
  parsed: ParsedConfig,
  known: DefaultContext,
): NonNullable<ParsedConfig[Key]> {
  const { default: initial } = allOptions[key] as Option;
  const value = parsed[key] ?? (typeof initial === 'function' ? initial(known) : initial);
  // Where there is a default, its type is that of the option's values.
  return value as NonNullable<ParsedConfig[Key]>;
}

function loadKindOf({
  rate,
  stages,
  replay,
}: {
  readonly rate?: unknown;
  readonly stages?: unknown;
  readonly replay?: unknown;
}): Load['kind'] {
  if (replay !== undefined) return 'replay';
  return rate === undefined && stages === undefined ? 'closed' : 'open';
}

function loadOf(parsed: ParsedConfig, known: DefaultContext): Load {
  const builds = {
    requestsPerClient: settle('requestsPerClient', parsed, known),
    repeatBuilds: settle('repeatBuilds', parsed, known),
  };
  switch (known.load) {
    case 'closed':
      return { kind: 'closed', ...builds };
    case 'open': {
      const { scale = allOptions.scale.default } = parsed;
      const stages = stagesGiven(parsed).map((stage) => ({
        ...stage,
        durationSecs: stage.durationSecs * scale,
      }));
      const maxInFlight = parsed.maxInFlight ?? defaultMaxInFlight(stages, known.numClients);
      const arrivals = settle('arrivals', parsed, known);
      return { kind: 'open', stages, arrivals, maxInFlight, ...builds };
    }
    case 'replay': {
      const { maxInFlight } = parsed;
      const speed = settle('speed', parsed, known);
      return { kind: 'replay', trace: parsed.replay!, speed, maxInFlight };
    }
  }
}

/** The default of a run without a scenario. */
const replayName = 'replay';

/**
 * The least bound of a server of the run's own. It drops what is least recently used, so a long
 * scenario keeps its true duration and fills no disk.
 */
const storeBytesLeast = 2 ** 30;

/** A bound in which what the run comes back to is a small part. */
export function roomyStoreBytes(keptBytes: number): number {
  return Math.max(storeBytesLeast, 4 * keptBytes);
}

function boundedTarget(target: TargetConfig, workingSetBytesMax: number): TargetConfig {
  if (target.kind === 'url') return target;
  if (boundsStore(target.serveArgs)) return target;
  return { ...target, storeBytesMax: roomyStoreBytes(workingSetBytesMax) };
}

function stagesGiven({ stages, rate, durationSecs }: ParsedConfig): readonly RateStage[] {
  if (stages !== undefined) return stages;
  if (rate === undefined) return [];
  return [{ durationSecs: durationSecs ?? allOptions.durationSecs.default, ...rate }];
}

function checkTogether(
  parsed: ParsedConfig,
  resolved: ResolvedConfig,
  report: (key: OptionKey, problem: string) => void,
): void {
  const { workers, numClients, maxConnections } = resolved;
  const { workingSetBytesMax, maxStoredBytes, sizes } = resolved;
  if (maxConnections < numClients) {
    report(
      'maxConnections',
      `must not be below the number of clients (${numClients}); got ${maxConnections}`,
    );
  }
  if (resolved.rampUpSecs >= resolved.durationSecs && resolved.rampUpSecs > 0) {
    report('rampUpSecs', `must end before the run does (${resolved.durationSecs} s)`);
  }
  if (workers > numClients) {
    report('workers', `must not exceed the number of clients (${numClients}); got ${workers}`);
  }
  if (parsed.workingSetBytesMax !== undefined && workingSetBytesMax > maxStoredBytes) {
    report('workingSetBytesMax', 'must not exceed what may be stored (maxStoredBytes)');
  }
  if (sizes.kind === 'weighted' && resolved.cacheHitRatioTarget > 0) {
    const largest = maxOf(sizes.sizes.map((size) => size.sizeBytes));
    if (largest > workingSetBytesMax) {
      report('sizes', 'holds a size that does not fit into the working set (workingSetBytesMax)');
    }
  }
}

function withoutUndefined(config: LoadTestConfig): LoadTestConfig {
  return Object.fromEntries(
    Object.entries(config).filter(([, value]) => value !== undefined),
  ) as LoadTestConfig;
}

function unique(lines: readonly string[]): string[] {
  return [...new Set(lines)];
}
