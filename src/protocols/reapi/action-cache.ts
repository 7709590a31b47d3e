import { toBinary } from '@bufbuild/protobuf';
import { type Cache, type Caller, namedBlobs, type ReadBlob } from '../../cache/index.ts';
import { CacheError, collect } from '../../core/index.ts';
import type { EntryKey } from '../../storage/index.ts';
import type { ReservedMounts } from '../shared/mounts.ts';
import { decodeMessage, encodedField } from '../shared/protobuf/decode-message.ts';
import {
  ActionCache,
  type ActionResult,
  ActionResultSchema,
  type Digest,
  type GetActionResultRequest,
  type UpdateActionResultRequest,
  UpdateActionResultRequestSchema,
} from '../shared/protobuf/generated/remote-execution.pb.ts';
import {
  type BlobDigest,
  type DigestFunctionName,
  digestFunctionOf,
  parseDigest,
} from './blob-digest.ts';
import type { Blobs } from './blobs.ts';
import { GrpcFailure, grpcCodes } from './errors.ts';
import { inlineContents } from './inline-contents.ts';
import { parseInstanceName } from './instance-name.ts';
import { grpcMessageBytesMax, type ReapiLimits } from './limits.ts';
import { Encoded, type GrpcCall, type GrpcMethod, unary } from './method.ts';

export interface ActionCacheOptions {
  readonly cache: Cache;
  readonly blobs: Blobs;
  readonly limits: ReapiLimits;
  readonly reserved: ReservedMounts;
  /** Whether a result counts as a miss when a blob it names is gone, as the cache has it. */
  readonly checkReferences: boolean;
}

/**
 * The service ActionCache. What is stored is the ActionResult message, so Bazel's HTTP cache of the
 * same instance serves the same entries.
 */
export function actionCacheMethods(options: ActionCacheOptions): GrpcMethod[] {
  const { method } = ActionCache;
  return [
    unary(method.getActionResult, 'read', (request, call) => getResult(options, request, call)),
    unary(
      method.updateActionResult,
      'write',
      (request, call, bytes) => updateResult(options, request, call, bytes),
      { messageBytesMax: grpcMessageBytesMax },
    ),
  ];
}

/** Which action a request is about, and who asks. */
function actionOf(
  { reserved }: ActionCacheOptions,
  request: GetActionResultRequest | UpdateActionResultRequest,
  call: GrpcCall,
) {
  const instance = parseInstanceName(request.instanceName, reserved);
  const caller = call.callerFor(instance);
  const digestFunction = digestFunctionOf(request.digestFunction);
  const action = parseDigest(request.actionDigest, digestFunction);
  return { instance, caller, digestFunction, action };
}

async function getResult(
  options: ActionCacheOptions,
  request: GetActionResultRequest,
  call: GrpcCall,
): Promise<Encoded> {
  const { instance, caller, digestFunction, action } = actionOf(options, request, call);
  const { limits } = options;
  await call.roomFor(limits.resultBytesUsual);
  const found = await options.cache.get(actionKey(action, instance), caller);
  if (found.kind === 'miss' || found.sizeBytes > grpcMessageBytesMax) throw noResult(action);
  if (found.bytes === undefined) await call.roomFor(found.sizeBytes);
  const bytes = found.bytes ?? (await collect(found.stream({ signal: call.signal })));
  const result = decodeResult(bytes);
  // Other tools keep what they like under the HTTP cache's `/ac/`: here it is not a result.
  if (result === undefined) throw noResult(action);
  if (digestFunction === 'blake3' && !(await isComplete(options, bytes, caller, call))) {
    throw noResult(action);
  }
  const inlined = await inlineContents(options, {
    result,
    resultBytes: bytes.byteLength,
    request,
    caller,
    digestFunction,
    call,
  });
  return new Encoded(inlined ? toBinary(ActionResultSchema, result) : bytes);
}

async function updateResult(
  options: ActionCacheOptions,
  request: UpdateActionResultRequest,
  call: GrpcCall,
  requestBytes: Uint8Array,
): Promise<Encoded> {
  const { instance, caller, digestFunction, action } = actionOf(options, request, call);
  const { actionResult } = request;
  if (actionResult === undefined) throw new CacheError('bad_request', 'action_result is absent');
  assertDigests(actionResult, digestFunction);
  // As it came: fields that are not known here are the client's own and are kept for it.
  const bytes = encodedField(requestBytes, actionResultField);
  // For SHA-256 the cache looks itself, and refuses a result that names more than it looks after.
  if (digestFunction === 'blake3') await namedBlobs(bytes, blake3Reader(options, caller, call));
  await options.cache.put(actionKey(action, instance), caller, bytes, {
    sizeBytes: bytes.byteLength,
    // The cache takes the hashes that it finds for SHA-256.
    opaque: digestFunction !== 'sha256',
    signal: call.signal,
  });
  return new Encoded(bytes);
}

const actionResultField = UpdateActionResultRequestSchema.field.actionResult.number;

/** Keys of the two functions can't meet: a bare hash is SHA-256, as in the paths of the HTTP cache. */
function actionKey({ digestFunction, hash }: BlobDigest, instance: string): EntryKey {
  const key = digestFunction === 'sha256' ? hash : `${digestFunction}-${hash}`;
  return { space: 'ac', namespace: instance, key };
}

function decodeResult(bytes: Uint8Array): ActionResult | undefined {
  try {
    // It may be encoded again, with contents put in.
    return decodeMessage(ActionResultSchema, bytes, { keepsUnknownFields: true });
  } catch {
    return undefined;
  }
}

/** Whether everything that a BLAKE3 result names is there; for SHA-256 the cache has looked. */
async function isComplete(
  options: ActionCacheOptions,
  result: Uint8Array,
  caller: Caller,
  call: GrpcCall,
): Promise<boolean> {
  if (!options.checkReferences) return true;
  const { digests, isComplete } = await namedBlobs(result, blake3Reader(options, caller, call));
  if (!isComplete) return false;
  const named = digests.map((digest) => ({ ...digest, digestFunction: 'blake3' as const }));
  return await options.blobs.areAllThere(named, caller);
}

function blake3Reader(
  { blobs }: ActionCacheOptions,
  caller: Caller,
  { signal }: GrpcCall,
): ReadBlob {
  return async (digest) => {
    const found = await blobs.get({ ...digest, digestFunction: 'blake3' }, caller);
    if (found.kind === 'miss') return undefined;
    return found.bytes ?? (await collect(found.stream({ signal })));
  };
}

function namedDigests(result: ActionResult): Digest[] {
  const named = [
    ...result.outputFiles.map(({ digest }) => digest),
    ...result.outputDirectories.flatMap((dir) => [dir.treeDigest, dir.rootDirectoryDigest]),
    result.stdoutDigest,
    result.stderrDigest,
  ];
  return named.filter((digest) => digest !== undefined);
}

/** @throws {CacheError} `bad_request`, `invalid_key` where a result names what can't be stored, or nothing. */
function assertDigests(result: ActionResult, digestFunction: DigestFunctionName): void {
  for (const { digest, path } of result.outputFiles) {
    if (digest === undefined) throw absent('output_files', path);
  }
  for (const { treeDigest, rootDirectoryDigest, path } of result.outputDirectories) {
    if ((treeDigest ?? rootDirectoryDigest) === undefined) throw absent('output_directories', path);
  }
  for (const digest of namedDigests(result)) parseDigest(digest, digestFunction);
}

function absent(field: string, path: string): CacheError {
  const shown = JSON.stringify(path.slice(0, 200));
  return new CacheError('bad_request', `${field} has ${shown} without a digest`);
}

function noResult({ hash }: BlobDigest): GrpcFailure {
  return new GrpcFailure(grpcCodes.notFound, 'not_found', `no result of action ${hash}`);
}
