import type { LoadTestConfig } from '../../config/config.ts';
import {
  checkOptions,
  type Given,
  type KeyLabel,
  searchOptions,
} from '../../config/options/index.ts';
import { ConfigError } from '../../errors.ts';
import type { SearchLimits } from './search-rates.ts';

/** The settings of a capacity search, besides the configuration of its runs. */
export type CapacityConfig = Given<typeof searchOptions>;

export interface ResolvedCapacity extends SearchLimits {
  readonly stepDurationSecs: number;
  readonly stepDurationMaxSecs: number;
}

/** Default number of connections of a search: enough not to be the limit themselves. */
export const defaultCapacityClients = 50;
/** How many times its least a rate is held at most. */
export const stepDurationFactor = 3;

/** @throws {ConfigError} listing every problem. */
export function resolveCapacity(
  given: CapacityConfig,
  labelOf: KeyLabel = (key) => key,
): ResolvedCapacity {
  const { values, problems } = checkOptions(searchOptions, given, labelOf);
  if (values === undefined) throw new ConfigError(problems);
  const { startRate = searchOptions.startRate.default } = values;
  const {
    maxRate = Math.max(searchOptions.maxRate.default, startRate),
    stepDurationSecs = searchOptions.stepDurationSecs.default,
    resolution = searchOptions.resolution.default,
    stepsMax = searchOptions.stepsMax.default,
    searchDurationMaxSecs = searchOptions.searchDurationMaxSecs.default,
  } = values;
  if (maxRate < startRate) {
    throw new ConfigError([
      `${labelOf('maxRate')} (${maxRate}) must not be below ${labelOf('startRate')} (${startRate})`,
    ]);
  }
  return {
    startRate,
    maxRate,
    stepDurationSecs,
    stepDurationMaxSecs: stepDurationFactor * stepDurationSecs,
    resolution,
    stepsMax,
    searchDurationMaxSecs,
  };
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
