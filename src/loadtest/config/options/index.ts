/** The options of a load test, each declared once; light enough to be loaded for `--help`. */
export {
  type AllOptions,
  allOptions,
  type Given,
  type OptionKey,
  type Parsed,
  type SettledKey,
} from './all-options.ts';
export { checkOptions, type KeyLabel } from './check-options.ts';
export type { KeyDistribution, SizeDistribution, WeightedSize } from './distributions.ts';
export {
  defaultTextOf,
  type FlagValues,
  flagLabelOf,
  flagNameOf,
  flagsOf,
  type HelpedFlag,
  readFlags,
} from './flags.ts';
export { loadOptions } from './load.ts';
export { defaultMaxInFlight } from './max-in-flight.ts';
export type { Option, Options } from './option.ts';
export {
  type ComparedCondition,
  comparedConditions,
  type RecordedConfig,
  recordedConfigOf,
  recordedConfigSchema,
  recordedOptions,
} from './recorded.ts';
export type { LoadTestConfig, ResolvedConfig } from './resolved.ts';
export {
  type ClosedLoad,
  type DefaultContext,
  type Load,
  loopOf,
  type OpenLoad,
  operationsMaxOf,
  operationsPerClientMaxOf,
  type ReplayLoad,
  type ReplayPace,
  stagesOf,
  type TargetConfig,
} from './run-parts.ts';
export { scenarioOptions } from './scenario.ts';
export { searchOptions } from './search.ts';
export type { RateRamp, RateStage } from './stages.ts';
export {
  maxStoredBytesEmbedded,
  type ProtocolName,
  protocolNames,
  targetForm,
  targetOptions,
} from './target.ts';
export { workloadOptions } from './workload.ts';
