import type { LoadTestConfig } from '../../config/config.ts';
import { ConfigError } from '../../errors.ts';
import type { SearchLimits } from './search-rates.ts';

/** What a search for the capacity is asked for, besides the configuration of its runs. */
export interface CapacityConfig {
  /** The first and lowest rate, operations a second. Default 50. */
  readonly startRate?: number | undefined;
  /** The highest. Default 100,000. */
  readonly maxRate?: number | undefined;
  /** The least that a rate is held; one whose figures still move, up to three times as long. Default 5. */
  readonly stepDurationSecs?: number | undefined;
  /** Ends the search: the bracket's width by its lower end. Default 0.05. */
  readonly resolution?: number | undefined;
  /** No further rate is begun after it. Default 900. */
  readonly searchDurationMaxSecs?: number | undefined;
  /** Runs at most. Default 40. */
  readonly stepsMax?: number | undefined;
}

export interface ResolvedCapacity extends SearchLimits {
  readonly stepDurationSecs: number;
  readonly stepDurationMaxSecs: number;
}

/** Connections of a search that is not told how many: enough not to be the limit themselves. */
export const defaultCapacityClients = 50;
/** How many times its least a rate is held at most. */
export const stepDurationFactor = 3;

/** @throws {ConfigError} listing every problem. */
export function resolveCapacity(
  given: CapacityConfig,
  labelOf: (key: string) => string = (key) => key,
): ResolvedCapacity {
  const problems: string[] = [];
  const pick = (
    key: keyof CapacityConfig,
    initial: number,
    least: number,
    most: number,
  ): number => {
    const value: unknown = given[key] ?? initial;
    if (typeof value === 'number' && value >= least && value <= most) return value;
    problems.push(
      `${labelOf(key)} takes a number from ${least.toLocaleString('en')} to ${most.toLocaleString('en')}; got ${JSON.stringify(value)}`,
    );
    return initial;
  };
  const startRate = pick('startRate', 50, 1, 1_000_000);
  const maxRate = pick('maxRate', Math.max(100_000, startRate), 1, 1_000_000);
  const stepDurationSecs = pick('stepDurationSecs', 5, 0.5, 3_600);
  const resolved: ResolvedCapacity = {
    startRate,
    maxRate,
    stepDurationSecs,
    stepDurationMaxSecs: stepDurationFactor * stepDurationSecs,
    resolution: pick('resolution', 0.05, 0.005, 1),
    stepsMax: pick('stepsMax', 40, 1, 1_000),
    searchDurationMaxSecs: pick('searchDurationMaxSecs', 900, 1, 86_400),
  };
  if (problems.length === 0 && maxRate < startRate) {
    problems.push(
      `${labelOf('maxRate')} (${maxRate}) may not be below ${labelOf('startRate')} (${startRate})`,
    );
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return resolved;
}

/** The configuration of the run that holds a rate. */
export function configAtRate(
  config: LoadTestConfig,
  { rate, durationSecs }: { readonly rate: number; readonly durationSecs: number },
): LoadTestConfig {
  return {
    ...config,
    name: `${rate} ops/s`,
    numClients: config.numClients ?? defaultCapacityClients,
    rate,
    stages: undefined,
    durationSecs,
    requestsPerClient: 0,
    repeatBuilds: false,
  };
}
