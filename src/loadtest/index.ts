/** The load test as a library: `import { runLoadTest } from 'memobuild/loadtest'`. */
export type {
  BodySink,
  FailureKind,
  HttpExchange,
  HttpReply,
  HttpRequest,
  Payload,
} from '../protocols/shared/load-client.ts';
export { OperationFailure } from '../protocols/shared/load-client.ts';
export * from './analysis/index.ts';
export * from './capacity/index.ts';
export * from './config/index.ts';
export * from './engine/measurement.ts';
export * from './engine/progress.ts';
export * from './gate/index.ts';
export * from './load-test-state.ts';
export * from './result/index.ts';
export * from './run-load-test.ts';
export * from './run-scenario-suite.ts';
export * from './scenario/payload-of.ts';
export * from './scenario/scenario.ts';
export * from './verdict/index.ts';
