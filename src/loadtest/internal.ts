/** What the program itself uses of the load test, beside its library (index.ts). No promise to users. */
export { heldPayload as payloadOf } from '../protocols/shared/held-payload.ts';
export type {
  BodySink,
  FailureKind,
  HttpExchange,
  HttpReply,
  HttpRequest,
  Payload,
} from '../protocols/shared/load-client.ts';
export { OperationFailure } from '../protocols/shared/load-client.ts';
export * from './comparison/comparability.ts';
export * from './comparison/compare-files.ts';
export * from './comparison/compare-runs.ts';
export * from './comparison/compared-metrics.ts';
export * from './comparison/comparison-limits.ts';
export * from './comparison/evidence.ts';
export * from './comparison/history.ts';
export * from './comparison/judge-comparison.ts';
export * from './comparison/run-scatter.ts';
export * from './config/config.ts';
export * from './config/read-yaml-file.ts';
export * from './config/resolve-config.ts';
export * from './config/scenario-file.ts';
export * from './config/scenarios.ts';
export * from './engine/progress/progress.ts';
export * from './errors.ts';
export * from './measurement.ts';
export * from './merging/merge-runs.ts';
export * from './merging/merge-suites.ts';
export { judgedSeries } from './metrics/merge-series.ts';
export * from './metrics/recorded-values.ts';
export { isTooShortForRate } from './metrics/sending-time.ts';
export { crowd as silenceClientsLeast } from './metrics/silence.ts';
export * from './metrics/target-operations.ts';
export * from './operation/operation.ts';
export * from './result/assemble-capacity.ts';
export * from './result/assemble-result.ts';
export * from './result/assemble-suite.ts';
export * from './result/environment.ts';
export * from './result/json-schema.ts';
export * from './result/latency-result.ts';
export type * from './result/model/capacity.ts';
export type * from './result/model/config.ts';
export type * from './result/model/environment.ts';
export type * from './result/model/generator.ts';
export type * from './result/model/latency.ts';
export * from './result/model/load-test-result.ts';
export type * from './result/model/operations.ts';
export type * from './result/model/replay.ts';
export type * from './result/model/run.ts';
export type * from './result/model/scaling.ts';
export * from './result/model/schema-version.ts';
export type * from './result/model/server.ts';
export type * from './result/model/suite.ts';
export type * from './result/model/verdict.ts';
export type * from './result/model/windows.ts';
export * from './result/recorded-load.ts';
export * from './result/replay-result.ts';
export * from './result/result-file.ts';
export type * from './run/load-test-metrics.ts';
export * from './run/load-test-state.ts';
export * from './run/run-load-test.ts';
export * from './series/capacity/capacity-config.ts';
export * from './series/capacity/find-capacity.ts';
export * from './series/gate/checklist.ts';
export * from './series/gate/checklist-file.ts';
export * from './series/gate/gate-metrics.ts';
export * from './series/gate/gate-result.ts';
export * from './series/gate/judge-gate.ts';
export * from './series/gate/requirement.ts';
export * from './series/gate/run-gate.ts';
export * from './series/ramp/ramp-clients.ts';
export * from './series/suite/run-scenario-suite.ts';
export { detectionPower } from './statistics/detectable-change.ts';
export * from './statistics/scalability-law.ts';
export * from './trace-stats/analyse-trace.ts';
export type * from './trace-stats/miss-ratio-curve.ts';
export * from './verdict/criteria.ts';
export * from './verdict/drift.ts';
export * from './verdict/generator-health.ts';
export * from './verdict/judge.ts';
export * from './verdict/judge-rows.ts';
export * from './verdict/measures.ts';
export * from './verdict/verdict-metrics.ts';
