import {
  decodeText,
  listenerSchemes,
  messageOf,
  parseYaml,
  readSmallFile,
  withoutPasswords,
} from '../core/index.ts';
import { storeDriverOf } from '../storage/drivers/index.ts';
import { closest } from './closest.ts';
import { isLoopback } from './loopback.ts';
import { otherPlace } from './places.ts';
import { allSettings, type NamedSetting, type ServeConfig } from './schema.ts';
import { storeIsPerProcess } from './workers.ts';

/** Where the values come from, lowest first: defaults, the file, the environment, flags. */
export interface ConfigSources {
  /** A YAML or JSON file. */
  readonly file?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** By commander's names; those not given are absent. */
  readonly flags: Readonly<Record<string, unknown>>;
}

export interface LoadedConfig {
  readonly config: ServeConfig;
  /** Where each setting's value came from, by key: `default`, a file's path, `MEMOBUILD_…` or `--…`. */
  readonly origins: ReadonlyMap<string, string>;
  /** What looks like a mistake but may be intended. */
  readonly warnings: readonly string[];
}

/** The configuration cannot be used; says everything that is wrong with it. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

/** @throws {ConfigError} with every problem there is. */
export async function loadConfig(sources: ConfigSources): Promise<LoadedConfig> {
  const problems: string[] = [];
  const fromFile =
    sources.file === undefined ? new Map() : await readConfigFile(sources.file, problems);
  const config: Record<string, Record<string, unknown>> = {};
  const origins = new Map<string, string>();
  for (const named of allSettings) {
    const { value, origin } = settingValue(named, sources, fromFile, problems);
    config[named.area] ??= {};
    config[named.area]![named.field] = value;
    origins.set(named.key, origin);
  }
  // Every field of every area was set above, each by its own schema.
  const loaded = config as unknown as ServeConfig;
  if (problems.length === 0) problems.push(...contradictions(loaded, origins));
  if (problems.length > 0) throw new ConfigError(problems);
  const warnings = [...ignoredVariables(sources), ...oddEnvironment(sources.env)];
  return { config: loaded, origins, warnings };
}

function settingValue(
  named: NamedSetting,
  { file, env, flags }: ConfigSources,
  fromFile: ReadonlyMap<string, unknown>,
  problems: string[],
): { readonly value: unknown; readonly origin: string } {
  const { setting, key, option } = named;
  const given = [
    { origin: named.flag ?? '', raw: option === undefined ? undefined : flags[option] },
    { origin: named.env, raw: usableVariable(named, env, flags) },
    { origin: `${file ?? ''}: ${key}`, raw: fromFile.get(key) },
  ].filter(({ raw }) => raw !== undefined);
  // A wrong line of the file is reported although a higher source overrides it: its owner can mend it.
  const read = given.map(({ origin, raw }) => {
    const isGiven = isScalar(raw) || (Array.isArray(setting.defaultValue) && isList(raw));
    const value = isGiven ? setting.read(String(raw).trim()) : undefined;
    if (value !== undefined) return { value, origin };
    const shown = withoutPasswords(JSON.stringify(raw));
    problems.push(`${origin} must be ${setting.takes}, got ${shown}`);
    return { value: setting.defaultValue, origin };
  });
  return read[0] ?? { value: setting.defaultValue, origin: 'default' };
}

async function readConfigFile(file: string, problems: string[]): Promise<Map<string, unknown>> {
  const values = new Map<string, unknown>();
  let content: unknown;
  try {
    content = (await parseYaml(decodeText(await readSmallFile(file)))) ?? {};
  } catch (error) {
    problems.push(`${file}: ${messageOf(error)}`);
    return values;
  }
  if (!isMapping(content)) {
    problems.push(`${file}: must hold areas with their settings, got ${JSON.stringify(content)}`);
    return values;
  }
  const areaNames = [...new Set(allSettings.map(({ area }) => area))];
  for (const [area, settings] of Object.entries(content)) {
    if (!areaNames.some((name) => name === area)) {
      problems.push(`${file}: ${area} is not an area${didYouMean(area, areaNames)}`);
    } else if (!isMapping(settings)) {
      problems.push(`${file}: ${area} must hold settings, got ${JSON.stringify(settings)}`);
    } else {
      takeArea(file, area, settings, values, problems);
    }
  }
  return values;
}

function takeArea(
  file: string,
  area: string,
  settings: Readonly<Record<string, unknown>>,
  values: Map<string, unknown>,
  problems: string[],
): void {
  const keys = allSettings.filter((named) => named.area === area).map(({ key }) => key);
  for (const [name, value] of Object.entries(settings)) {
    const key = `${area}.${name}`;
    // `key:` with nothing after it leaves the setting as it was.
    if (keys.includes(key)) values.set(key, value ?? undefined);
    else problems.push(`${file}: ${key} is not a setting${didYouMean(key, keys)}`);
  }
}

function contradictions(config: ServeConfig, origins: ReadonlyMap<string, string>): string[] {
  const { listen, store, auth, processes } = config;
  const problems: string[] = [];
  if ((listen.tlsCert === undefined) !== (listen.tlsKey === undefined)) {
    problems.push('--tls-cert and --tls-key must be given together');
  }
  const otherHosts = listenerSchemes.map(
    (scheme) => [`--${scheme}-host`, listen[`${scheme}Host`]] as const,
  );
  for (const [flag, host] of [['--host', listen.host] as const, ...otherHosts]) {
    if (host === undefined || isLoopback(host)) continue;
    if (auth.tokens !== undefined || auth.insecureNoAuth) continue;
    problems.push(
      `${flag} ${host} can be reached from other machines: give --tokens FILE, or --insecure-no-auth to let anyone read and write`,
    );
  }
  for (const scheme of listenerSchemes) {
    if (listen[`${scheme}Host`] === undefined || otherPlace(listen, scheme) !== undefined) continue;
    problems.push(`--${scheme}-host requires --${scheme}-port, unless it is unix:PATH`);
  }
  if (auth.tokens !== undefined && auth.insecureNoAuth) {
    problems.push("--tokens and --insecure-no-auth can't be given together");
  }
  if (storeIsPerProcess(config) && processes.workers > 1) {
    problems.push(
      `--store ${store.driver} requires --workers 1, got ${processes.workers} (${origins.get('processes.workers')}): each worker would have a store of its own`,
    );
  }
  problems.push(...(storeDriverOf(store.driver).problems?.(store) ?? []));
  if (store.maxSizeBytes !== 0 && store.blobBytesMax > store.maxSizeBytes) {
    // Only an explicit largest blob can contradict the size limit; the default adapts to it.
    if (origins.get('store.maxBlobSize') !== 'default') {
      problems.push('--max-blob-size must not exceed --max-size');
    }
  }
  if (processes.drainDeadlineMs < processes.drainDelayMs + processes.drainWindowMs) {
    problems.push('--drain-deadline must be at least --drain-delay and --drain-window together');
  }
  return problems;
}

/**
 * The value of a setting's variable where it counts. Templates hand over empty variables, Kubernetes
 * makes some of its own, and whoever gives a flag may have no say in the environment.
 */
function usableVariable(
  { env: name, option, setting }: NamedSetting,
  env: ConfigSources['env'],
  flags: ConfigSources['flags'],
): string | undefined {
  const raw = env[name]?.trim();
  if (raw === undefined || raw === '' || isServiceLink(raw)) return undefined;
  const isOverridden = option !== undefined && flags[option] !== undefined;
  return isOverridden && setting.read(raw) === undefined ? undefined : raw;
}

/** What Kubernetes puts into `<SERVICE>_PORT` for each service, after Docker's links: `tcp://10.96.0.1:8080`. */
function isServiceLink(value: string): boolean {
  return /^(?:tcp|udp|sctp):\/\//.test(value);
}

/** The other variables of a service: `<SERVICE>_SERVICE_HOST`, `<SERVICE>_PORT_8080_TCP_ADDR` and their like. */
const serviceVariable =
  /_SERVICE_(?:HOST|PORT(?:_\w+)?)$|_PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?$/;

function ignoredVariables({ env, flags }: ConfigSources): string[] {
  return allSettings.flatMap(({ env: name, flag, option, setting }) => {
    const raw = env[name]?.trim() ?? '';
    if (isServiceLink(raw)) {
      return [`${name}=${raw} is ignored: Kubernetes sets it for a service of that name`];
    }
    const isOverridden = option !== undefined && flags[option] !== undefined;
    if (raw === '' || !isOverridden || setting.read(raw) !== undefined) return [];
    return [`${name} must be ${setting.takes}; it is ignored, since ${flag} is given`];
  });
}

/** The environment belongs to others too, so a name close to one of ours is only worth a warning. */
function oddEnvironment(env: ConfigSources['env']): string[] {
  const known = allSettings.map((named) => named.env);
  return Object.keys(env)
    .filter(
      (name) =>
        name.startsWith('MEMOBUILD_') && !known.includes(name) && !serviceVariable.test(name),
    )
    .flatMap((name) => {
      const meant = closest(name, known);
      return meant === undefined ? [] : [`${name} is not a setting: did you mean ${meant}?`];
    });
}

function didYouMean(word: string, known: readonly string[]): string {
  const meant = closest(word, known);
  return meant === undefined ? `; there are ${known.join(', ')}` : `: did you mean ${meant}?`;
}

/** What a value may be: YAML's numbers and booleans are read like a flag's text. */
function isScalar(value: unknown): value is string | number | boolean {
  return ['string', 'number', 'boolean'].includes(typeof value);
}

/** Where a setting takes a list, one of YAML's is read as its items with commas between. */
function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && value.every(isScalar);
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
