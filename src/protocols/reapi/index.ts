export {
  encodeStatus,
  type GrpcCode,
  GrpcFailure,
  grpcCodes,
  reapiStatus,
  statusOf,
} from './errors.ts';
export * from './handler.ts';
export * from './limits.ts';
export type { GrpcCall, GrpcMethod, MethodFacts } from './method.ts';
export * from './name.ts';
export * from './request-metadata.ts';
