import { create, toBinary } from '@bufbuild/protobuf';
import { anyPack } from '@bufbuild/protobuf/wkt';
import { CacheError, type CacheErrorCode, messageOf } from '../../core/index.ts';
import {
  ErrorInfoSchema,
  RetryInfoSchema,
  type Status,
  StatusSchema,
} from '../shared/protobuf/generated/rpc-status.pb.ts';

/** gRPC's status codes (google/rpc/code.proto), those that are used here. */
export const grpcCodes = {
  ok: 0,
  cancelled: 1,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  permissionDenied: 7,
  resourceExhausted: 8,
  aborted: 10,
  outOfRange: 11,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  dataLoss: 15,
  unauthenticated: 16,
} as const;

export type GrpcCode = (typeof grpcCodes)[keyof typeof grpcCodes];

/** Answers a call with a status that is not a failure of the cache: a miss, an offset past the end. */
export class GrpcFailure extends Error {
  override readonly name = 'GrpcFailure';
  readonly code: GrpcCode;
  readonly reason: string;

  constructor(code: GrpcCode, reason: string, message: string) {
    super(message);
    this.code = code;
    this.reason = reason;
  }
}

/**
 * What a gRPC client sees of each failure. Bazel goes on building whatever the answer; it tries
 * again on RESOURCE_EXHAUSTED, UNAVAILABLE and ABORTED, so these are used only where that may help.
 */
export const reapiStatus = {
  bad_request: grpcCodes.invalidArgument,
  invalid_key: grpcCodes.invalidArgument,
  exists: grpcCodes.permissionDenied,
  digest_mismatch: grpcCodes.invalidArgument,
  size_mismatch: grpcCodes.invalidArgument,
  too_large: grpcCodes.invalidArgument,
  unauthenticated: grpcCodes.unauthenticated,
  forbidden: grpcCodes.permissionDenied,
  read_only: grpcCodes.permissionDenied,
  draining: grpcCodes.unavailable,
  overloaded: grpcCodes.unavailable,
  store_full: grpcCodes.resourceExhausted,
  // Some of the bytes may be with the client already, so it is more than a miss.
  damaged: grpcCodes.dataLoss,
  timeout: grpcCodes.deadlineExceeded,
  aborted: grpcCodes.cancelled,
  unavailable: grpcCodes.unavailable,
} satisfies Record<CacheErrorCode, GrpcCode> as Readonly<Record<CacheErrorCode, GrpcCode>>;

/** Failures after which the same call may succeed, and when it is worth trying. */
const retryAfterSeconds: Partial<Record<CacheErrorCode, number>> = {
  draining: 1,
  overloaded: 1,
  unavailable: 2,
};

/** The answer to anything thrown: code, text, and why in a form that programs read. */
export function statusOf(error: unknown): Status {
  if (error instanceof GrpcFailure) return rich(error.code, error.message, error.reason, undefined);
  if (error instanceof CacheError) {
    const seconds = retryAfterSeconds[error.code];
    return rich(reapiStatus[error.code], error.message, error.code, seconds);
  }
  return rich(grpcCodes.internal, `internal error: ${messageOf(error)}`, 'internal', undefined);
}

/** The same, for one blob of many: short, so that a batch of failures stays a small answer. */
export function briefStatusOf(error: unknown): Status {
  const { code, message } = statusOf(error);
  const brief = message.slice(0, briefBytesMax).replaceAll(/[^\x20-\x7e]/g, '?');
  return create(StatusSchema, { code, message: brief });
}

export function okStatus(): Status {
  return create(StatusSchema, { code: grpcCodes.ok });
}

/** What the trailer `grpc-status-details-bin` holds. */
export function encodeStatus(status: Status): Uint8Array {
  return toBinary(StatusSchema, status);
}

function rich(
  code: GrpcCode,
  message: string,
  reason: string,
  retrySeconds: number | undefined,
): Status {
  const info = create(ErrorInfoSchema, { reason: reason.toUpperCase(), domain: 'memobuild' });
  const details = [anyPack(ErrorInfoSchema, info)];
  if (retrySeconds !== undefined) {
    const retry = create(RetryInfoSchema, { retryDelay: { seconds: BigInt(retrySeconds) } });
    details.push(anyPack(RetryInfoSchema, retry));
  }
  // Trailers share the client's header limit, 8 KiB with most.
  return create(StatusSchema, { code, message: message.slice(0, messageCharsMax), details });
}

const messageCharsMax = 1000;
const briefBytesMax = 60;
