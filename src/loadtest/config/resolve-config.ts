import type { z } from 'zod';
import { ConfigError } from '../errors.ts';
import type { LoadTestConfig, RateStage, ResolvedConfig, TargetConfig } from './config.ts';
import * as defaults from './defaults.ts';
import { resolveTarget } from './parse-target.ts';
import { type ParsedConfig, parseConfig } from './schema.ts';

/** How a key is called where the user wrote it: a flag, or a key of a file. */
export type KeyLabel = (key: string) => string;

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
  const problems: string[] = conflictsOf(given, labelOf);
  const result = parseConfig(given);
  if ('error' in result) problems.push(...problemsOf(result.error, given, labelOf));
  const report = (key: string, problem: string): void => {
    problems.push(`${labelOf(key)} ${problem}`);
  };
  const target = 'error' in result ? undefined : resolveTarget(given, report);
  if ('error' in result || target === undefined) throw new ConfigError(unique(problems));
  const resolved = fillIn(result.config, target);
  checkTogether(result.config, resolved, report);
  if (problems.length > 0) throw new ConfigError(unique(problems));
  return resolved;
}

/** The problems that a schema found, as "KEY takes WHAT; got VALUE". */
export function problemsOf(error: z.ZodError, given: unknown, labelOf: KeyLabel): string[] {
  return error.issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => `${labelOf([...issue.path, key].join('.'))} is no known key`);
    }
    const key = String(issue.path[0] ?? '');
    return [`${labelOf(key)} takes ${issue.message}; got ${shown(key, given, issue.path)}`];
  });
}

/** Keys whose values may hold a credential. */
const secretKeys = new Set(['target', 'headers', 'tls']);

function shown(key: string, given: unknown, path: readonly PropertyKey[]): string {
  if (secretKeys.has(key)) return 'something else';
  let value = given;
  for (const step of path) value = (value as Record<PropertyKey, unknown> | undefined)?.[step];
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}

function conflictsOf(given: LoadTestConfig, labelOf: KeyLabel): string[] {
  const [rate, stages, duration] = ['rate', 'stages', 'durationSecs'].map(labelOf);
  const problems: string[] = [];
  if (given.rate !== undefined && given.stages !== undefined) {
    problems.push(`${rate} and ${stages} can't be given together`);
  }
  if (given.stages !== undefined && given.durationSecs !== undefined) {
    problems.push(`${duration} can't be given with ${stages}, which bring their own durations`);
  }
  const isOpenLoop = [given.rate, given.stages, given.replay].some((value) => value !== undefined);
  if (given.maxInFlight !== undefined && !isOpenLoop) {
    problems.push(`${labelOf('maxInFlight')} needs ${rate}, ${stages} or ${labelOf('replay')}`);
  }
  if (given.speed !== undefined && given.replay === undefined) {
    problems.push(`${labelOf('speed')} needs ${labelOf('replay')}`);
  }
  return given.replay === undefined ? problems : [...problems, ...replayConflicts(given, labelOf)];
}

/** A trace brings its own load. */
function replayConflicts(given: LoadTestConfig, labelOf: KeyLabel): string[] {
  return tracesOwn
    .filter((key) => given[key] !== undefined && given[key] !== false)
    .map(
      (key) => `${labelOf(key)} can't be given with ${labelOf('replay')}: the trace has its own`,
    );
}

const tracesOwn = [
  'rate',
  'stages',
  'durationSecs',
  'requestsPerClient',
  'repeatBuilds',
  'cacheHitRatioTarget',
  'buildTimeMs',
  'keys',
  'sizes',
  'workingSetKeys',
  'workingSetBytesMax',
  'scale',
] as const satisfies readonly (keyof LoadTestConfig)[];

function fillIn(parsed: ParsedConfig, target: TargetConfig): ResolvedConfig {
  const scale = parsed.scale ?? 1;
  const stages = stagesOf(parsed).map((stage) => ({
    ...stage,
    durationSecs: stage.durationSecs * scale,
  }));
  const isOpenLoop = stages.length > 0;
  const numClients = parsed.numClients ?? defaults.defaultNumClients;
  const maxStoredBytes =
    parsed.maxStoredBytes ??
    (target.kind === 'embedded'
      ? defaults.defaultMaxStoredBytesEmbedded
      : defaults.defaultMaxStoredBytes);
  // Half of what may be stored at all, so that misses find room too.
  const workingSetBytesMax =
    parsed.workingSetBytesMax ??
    Math.min(defaults.defaultWorkingSetBytesMax, Math.ceil(maxStoredBytes / 2));
  return {
    name: parsed.name ?? (parsed.replay === undefined ? undefined : replayName),
    numClients,
    durationSecs: isOpenLoop
      ? stages.reduce((sum, stage) => sum + stage.durationSecs, 0)
      : (parsed.durationSecs ?? defaults.defaultDurationSecs) * scale,
    requestsPerClient:
      parsed.requestsPerClient ??
      (isOpenLoop || parsed.replay !== undefined ? 0 : defaults.defaultRequestsPerClient),
    repeatBuilds: parsed.repeatBuilds ?? false,
    cacheHitRatioTarget: parsed.cacheHitRatioTarget ?? defaults.defaultCacheHitRatioTarget,
    timeoutSecs: parsed.timeoutSecs ?? defaults.defaultTimeoutSecs,
    stages,
    maxInFlight: parsed.maxInFlight ?? defaultMaxInFlight(stages, numClients),
    keys: parsed.keys ?? defaults.defaultKeys,
    sizes: parsed.sizes ?? defaults.defaultSizes,
    workingSetKeys: parsed.workingSetKeys ?? defaults.defaultWorkingSetKeys,
    workingSetBytesMax,
    seed: parsed.seed ?? defaults.defaultSeed,
    buildTimeMs: parsed.buildTimeMs ?? 0,
    rereadShare:
      parsed.rereadShare ?? (parsed.replay === undefined ? defaults.defaultRereadShare : 0),
    retries: parsed.retries ?? 0,
    workers: parsed.workers ?? defaults.defaultWorkers(target.kind, numClients),
    warmupTimeoutSecs: parsed.warmupTimeoutSecs ?? defaults.defaultWarmupTimeoutSecs,
    maxStoredBytes,
    protocol: parsed.protocol ?? defaults.defaultProtocol,
    instance: parsed.instance ?? '',
    target: boundedTarget(target, workingSetBytesMax),
    ...(scale === 1 ? {} : { scale }),
    ...replayOf(parsed),
  };
}

/** Of a run that no scenario names. */
const replayName = 'replay';

function replayOf({
  replay,
  speed = 1,
  maxInFlight,
}: ParsedConfig): Pick<ResolvedConfig, 'replay'> {
  if (replay === undefined) return {};
  return { replay: { trace: replay, speed, maxInFlight } };
}

/** A server of the run's own gets a bound in which the working set is a small part. */
function boundedTarget(target: TargetConfig, workingSetBytesMax: number): TargetConfig {
  if (target.kind === 'url') return target;
  if (target.serveArgs.some((arg) => /^--max-size(=|$)/.test(arg))) return target;
  const sizeBytes = Math.max(defaults.embeddedStoreBytesMax, 4 * workingSetBytesMax);
  return { ...target, serveArgs: [...target.serveArgs, `--max-size=${sizeBytes}`] };
}

function stagesOf(parsed: ParsedConfig): readonly RateStage[] {
  if (parsed.stages !== undefined) return parsed.stages;
  if (parsed.rate === undefined) return [];
  return [{ durationSecs: parsed.durationSecs ?? defaults.defaultDurationSecs, ...parsed.rate }];
}

/** What {@link ResolvedConfig.maxInFlight} is where nobody says it. */
export function defaultMaxInFlight(
  stages: readonly Pick<RateStage, 'fromRate' | 'toRate'>[],
  numClients: number,
): number {
  const highest = Math.max(0, ...stages.flatMap((stage) => [stage.fromRate, stage.toRate]));
  const wanted = Math.ceil(highest * defaults.stallSecsInFlight);
  return Math.min(
    Math.max(wanted, defaults.maxInFlightLeast, numClients),
    defaults.maxInFlightMost,
  );
}

function checkTogether(
  parsed: ParsedConfig,
  resolved: ResolvedConfig,
  report: (key: string, problem: string) => void,
): void {
  const { workers, numClients, workingSetBytesMax, maxStoredBytes, sizes } = resolved;
  if (workers > numClients) {
    report('workers', `may not be more than the clients (${numClients}); got ${workers}`);
  }
  if (parsed.workingSetBytesMax !== undefined && workingSetBytesMax > maxStoredBytes) {
    report('workingSetBytesMax', 'may not be larger than all that may be stored (maxStoredBytes)');
  }
  if (sizes.kind === 'weighted' && resolved.cacheHitRatioTarget > 0) {
    const largest = Math.max(...sizes.sizes.map((size) => size.sizeBytes));
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
