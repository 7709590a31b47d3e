/** What a load test is asked to do, and what of it runs. */
export type {
  ClosedLoad,
  KeyDistribution,
  Load,
  LoadTestConfig,
  OpenLoad,
  ProtocolName,
  RateStage,
  RecordedConfig,
  ReplayLoad,
  ReplayPace,
  ResolvedConfig,
  SizeDistribution,
  TargetConfig,
  WeightedSize,
} from './options/index.ts';
export {
  comparedConditions,
  defaultMaxInFlight,
  loopOf,
  maxStoredBytesEmbedded,
  operationsMaxOf,
  operationsPerClientMaxOf,
  protocolNames,
  recordedConfigOf,
  recordedConfigSchema,
  stagesOf,
} from './options/index.ts';
