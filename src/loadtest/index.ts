/**
 * The load test as a library: `import { runLoadTest } from 'memobuild/loadtest'`. This list is all
 * that users get, and index.test.ts holds it; the program itself uses internal.ts.
 */

// For people who run a load test.

export type { LoadTestConfig } from './config/config.ts';
export { readScenarioFile } from './config/scenario-file.ts';
export { type ScenarioDefinition, scenarios } from './config/scenarios.ts';
export type { Progress } from './engine/progress/progress.ts';
export type { LoadTestMetrics } from './run/load-test-metrics.ts';
export { LoadTestState } from './run/load-test-state.ts';
export { type LoadTestOptions, runLoadTest } from './run/run-load-test.ts';
export type { CapacityConfig } from './series/capacity/capacity-config.ts';
export { type CapacityOptions, findCapacity } from './series/capacity/find-capacity.ts';
export { type RampOptions, rampClients } from './series/ramp/ramp-clients.ts';
export { runScenarioSuite, type SuiteOptions } from './series/suite/run-scenario-suite.ts';
export { type Criteria, defaultCriteria, readCriteriaFile } from './verdict/criteria.ts';

// Results and their kinds.

export { resultJsonSchema } from './result/json-schema.ts';
export {
  isSingleRun,
  type LoadTestResult,
  type ResultOf,
  runsOf,
} from './result/model/load-test-result.ts';
export type { RunResult } from './result/model/run.ts';
export { readResultFile, writeResultFile } from './result/result-file.ts';
export { metricsOf } from './run/load-test-metrics.ts';

// Comparison.

export type { LabelledRun } from './comparison/comparability.ts';
export {
  type ComparisonReport,
  compareFiles,
  type LoadedResult,
} from './comparison/compare-files.ts';
export {
  type Comparison,
  type ComparisonAnswer,
  type ComparisonOptions,
  compareRuns,
} from './comparison/compare-runs.ts';

// Custom scenarios.

export { BodyCheck } from '../protocols/shared/body-check.ts';
export { heldPayload as payloadOf } from '../protocols/shared/held-payload.ts';
export type {
  BodySink,
  HttpExchange,
  HttpReply,
  HttpRequest,
  Payload,
} from '../protocols/shared/load-client.ts';
export type {
  LoadTestScenario,
  OperationContext,
  OperationResult,
  ScenarioModule,
} from './operation/operation.ts';

// Errors.

export { type FailureKind, OperationFailure } from '../protocols/shared/load-client.ts';
export { ConfigError, LoadTestError, type LoadTestErrorCode } from './errors.ts';
export { ResultFileError, type ResultFileProblem } from './result/result-file.ts';
