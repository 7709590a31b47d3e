import { parseNumber } from '../../../core/index.ts';
import {
  flagLabelOf,
  type Option,
  type Options,
  readFlags,
  searchOptions,
} from '../../../loadtest/config/options/index.ts';
import {
  type CapacityConfig,
  ConfigError,
  configAtRate,
  configWithClients,
  type LoadTestConfig,
  resolveCapacity,
} from '../../../loadtest/internal.ts';
import type { LoadTestFlags } from './flags.ts';

/** Runs one after another that answer one question: how much a target takes, or how it scales. */
export type SeriesPlan = {
  /** The configuration of one of its runs, for what can be checked before. */
  exampleOf(config: LoadTestConfig): LoadTestConfig;
} & (
  | { readonly kind: 'capacity'; readonly capacity: CapacityConfig }
  | { readonly kind: 'ramp'; readonly clients: readonly number[] }
);

/** `undefined`: the flags ask for no series. @throws {ConfigError} listing every problem. */
export function planSeries(flags: LoadTestFlags): SeriesPlan | undefined {
  const asked = (['findCapacity', 'rampClients'] as const).filter(
    (flag) => flags[flag] !== undefined,
  );
  const problems: string[] = [];
  if (asked.length === 2)
    problems.push("--find-capacity and --ramp-clients can't be given together");
  const [series] = asked;
  if (series !== undefined) problems.push(...conflicts(flags, series));
  if (flags.findCapacity === undefined) {
    const own = Object.keys(readFlags(searchOptions, flags));
    problems.push(...own.map((key) => `${searchLabelOf(key)} needs --find-capacity`));
  }
  if (problems.length > 0) throw new ConfigError(problems);
  if (series === undefined) return undefined;
  return series === 'findCapacity' ? planSearch(flags) : planRamp(flags.rampClients!);
}

const notWith = {
  findCapacity: {
    rate: 'the search sets the rate: --start-rate, --max-rate',
    stages: 'the search sets the rate: --start-rate, --max-rate',
    duration: 'use --step-duration for a step and --search-time for the search',
    requests: 'each rate is held for --step-duration',
    scenarios: 'each scenario sets its own load',
    scale: 'its durations are --step-duration and --search-time',
    replay: 'a trace has its own rate',
  },
  rampClients: {
    replay: 'a trace has its own rate',
    clients: 'the ramp has its own',
    rate: 'the ramp is a closed loop',
    stages: 'the ramp is a closed loop',
    maxInFlight: 'the ramp is a closed loop',
    requests: 'each number of clients is held for --duration',
    scenarios: 'each scenario has its own clients',
    scale: 'a step lasts --duration',
  },
} as const satisfies Record<string, Partial<Record<keyof LoadTestFlags, string>>>;

function conflicts(flags: LoadTestFlags, series: keyof typeof notWith): string[] {
  return Object.entries(notWith[series])
    .filter(([flag]) => flags[flag as keyof LoadTestFlags] !== undefined)
    .map(
      ([flag, reason]) => `${flagName(flag)} can't be given with ${flagName(series)}: ${reason}`,
    );
}

function planSearch(flags: LoadTestFlags): SeriesPlan {
  const capacity: CapacityConfig = readFlags(searchOptions, flags);
  const { startRate: rate, stepDurationMaxSecs } = resolveCapacity(capacity, searchLabelOf);
  return {
    kind: 'capacity',
    capacity,
    exampleOf: (config) => configAtRate(config, { rate, durationSecs: stepDurationMaxSecs }),
  };
}

function searchLabelOf(key: string): string {
  const option: Option | undefined = (searchOptions as Options)[key];
  return option === undefined ? key : flagLabelOf(key, option);
}

/** `rampClients` as it was typed: `--ramp-clients`. */
export function flagName(flag: string): string {
  return `--${flag.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function planRamp(list: string): SeriesPlan {
  const clients = list.split(',').map((text) => parseNumber(text) ?? 0);
  const isRising = clients.every(
    (count, index) => Number.isInteger(count) && count > (clients[index - 1] ?? 0),
  );
  if (!isRising) {
    throw new ConfigError([
      `--ramp-clients must be increasing client counts from 1, such as 1,5,10,20; got ${list}`,
    ]);
  }
  return {
    kind: 'ramp',
    clients,
    exampleOf: (config) => configWithClients(config, clients[0]!),
  };
}
