import { setImmediate as nextTurn } from 'node:timers/promises';
import { create } from '@bufbuild/protobuf';
import type { CacheLookup } from '../../cache/index.ts';
import { CacheError } from '../../core/index.ts';
import type { ReservedMounts } from '../shared/mounts.ts';
import {
  type BatchReadBlobsRequest,
  type BatchUpdateBlobsRequest,
  type BatchUpdateBlobsRequest_Request,
  type BatchUpdateBlobsResponse_Response,
  BatchUpdateBlobsResponse_ResponseSchema,
  Compressor_Value,
  ContentAddressableStorage,
  type Digest,
  type FindMissingBlobsRequest,
} from '../shared/protobuf/generated/remote-execution.pb.ts';
import { zstdCompressWhole, zstdDecompressWhole } from '../shared/zstd/index.ts';
import { type BlobDigest, digestFunctionOf, parseDigest } from './blob-digest.ts';
import type { Blobs } from './blobs.ts';
import { collect } from './collect.ts';
import { encodeBatchRead, type ReadBlob } from './encode-batch-read.ts';
import { GrpcFailure, grpcCodes, statusOf } from './errors.ts';
import { getTree } from './get-tree.ts';
import { parseInstanceName } from './instance-name.ts';
import type { ReapiLimits } from './limits.ts';
import { mapConcurrently } from './map-concurrently.ts';
import { Encoded, type GrpcCall, type GrpcMethod, serverStream, unary } from './method.ts';

export interface ContentMethodsOptions {
  readonly blobs: Blobs;
  readonly limits: ReapiLimits;
  readonly reserved: ReservedMounts;
}

/** The service ContentAddressableStorage: many small blobs in a call, and what is missing. */
export function contentMethods(options: ContentMethodsOptions): GrpcMethod[] {
  const { method } = ContentAddressableStorage;
  return [
    unary(method.findMissingBlobs, 'read', (request, call) => findMissing(options, request, call)),
    unary(method.batchUpdateBlobs, 'write', (request, call) => batchUpdate(options, request, call)),
    unary(method.batchReadBlobs, 'read', (request, call) => batchRead(options, request, call)),
    serverStream(method.getTree, 'read', (request, call) => getTree(options, request, call)),
  ];
}

async function findMissing(
  { blobs, limits, reserved }: ContentMethodsOptions,
  request: FindMissingBlobsRequest,
  call: GrpcCall,
): Promise<{ missingBlobDigests: Digest[] }> {
  const caller = call.callerFor(parseInstanceName(request.instanceName, reserved));
  const digestFunction = digestFunctionOf(request.digestFunction);
  const asked = request.blobDigests;
  const missingBlobDigests: Digest[] = [];
  for (let at = 0; at < asked.length; at += limits.digestsPerTurn) {
    if (at > 0) await nextTurn();
    const turn = asked.slice(at, at + limits.digestsPerTurn);
    const digests = turn.map((digest) => parseDigest(digest, digestFunction));
    const missing = await blobs.missing(digests, caller);
    for (const [index, digest] of turn.entries()) {
      if (missing[index] === true) missingBlobDigests.push(digest);
    }
  }
  return { missingBlobDigests };
}

async function batchUpdate(
  options: ContentMethodsOptions,
  request: BatchUpdateBlobsRequest,
  call: GrpcCall,
): Promise<{ responses: BatchUpdateBlobsResponse_Response[] }> {
  const { limits, reserved } = options;
  const caller = call.callerFor(parseInstanceName(request.instanceName, reserved));
  const digestFunction = digestFunctionOf(request.digestFunction);
  let sumBytes = 0;
  for (const { data } of request.requests) sumBytes += data.byteLength;
  assertBatchFits(sumBytes, limits);
  const responses = await mapConcurrently(
    request.requests,
    limits.batchConcurrency,
    async (part) => {
      const answer = create(BatchUpdateBlobsResponse_ResponseSchema);
      if (part.digest !== undefined) answer.digest = part.digest;
      try {
        const digest = parseDigest(part.digest, digestFunction);
        const bytes = await identityOf(part, digest, limits);
        await options.blobs.put(digest, caller, bytes, { signal: call.signal });
        answer.status = okStatus();
      } catch (error) {
        if (call.signal.aborted) throw error;
        answer.status = statusOf(error);
      }
      return answer;
    },
  );
  return { responses };
}

async function identityOf(
  { data, compressor }: BatchUpdateBlobsRequest_Request,
  { sizeBytes }: BlobDigest,
  limits: ReapiLimits,
): Promise<Uint8Array> {
  if (compressor === Compressor_Value.IDENTITY) return data;
  if (compressor !== Compressor_Value.ZSTD) {
    throw new CacheError('bad_request', `compressor takes IDENTITY and ZSTD, got ${compressor}`);
  }
  assertBatchFits(sizeBytes, limits);
  return await zstdDecompressWhole(data, sizeBytes);
}

async function batchRead(
  options: ContentMethodsOptions,
  request: BatchReadBlobsRequest,
  call: GrpcCall,
): Promise<Encoded> {
  const { limits, reserved } = options;
  const caller = call.callerFor(parseInstanceName(request.instanceName, reserved));
  const digestFunction = digestFunctionOf(request.digestFunction);
  const takesZstd = request.acceptableCompressors.includes(Compressor_Value.ZSTD);
  let sumBytes = 0;
  for (const { sizeBytes } of request.digests) sumBytes += Math.max(0, Number(sizeBytes));
  assertBatchFits(sumBytes, limits);
  const failed = (asked: Digest, error: unknown): ReadBlob => {
    if (call.signal.aborted) throw error;
    return { other: { digest: asked, status: statusOf(error) } };
  };
  const responses = await mapConcurrently(request.digests, limits.batchConcurrency, (asked) => {
    try {
      const digest = parseDigest(asked, digestFunction);
      const found = options.blobs.get(digest, caller);
      const bytes = found instanceof Promise ? undefined : heldBytes(found);
      // Most of them: small, and held together with their index record.
      if (!takesZstd && bytes !== undefined) return { digest, data: bytes, isZstd: false };
      return readBlob(digest, found, takesZstd, call).catch((error) => failed(asked, error));
    } catch (error) {
      return failed(asked, error);
    }
  });
  return new Encoded(encodeBatchRead(responses));
}

/** Below this a frame's own bytes and the client's work outweigh what is saved. */
const worthCompressingBytesMin = 1024;

function heldBytes(found: CacheLookup): Uint8Array | undefined {
  return found.kind === 'hit' ? found.bytes : undefined;
}

async function readBlob(
  digest: BlobDigest,
  looking: CacheLookup | Promise<CacheLookup>,
  takesZstd: boolean,
  call: GrpcCall,
): Promise<ReadBlob> {
  const found = await looking;
  if (found.kind === 'miss') {
    throw new GrpcFailure(grpcCodes.notFound, 'not_found', `no blob ${digest.hash}`);
  }
  const data = found.bytes ?? (await collect(found.stream({ signal: call.signal })));
  return takesZstd && data.byteLength >= worthCompressingBytesMin
    ? { digest, data: await zstdCompressWhole(data), isZstd: true }
    : { digest, data, isZstd: false };
}

function okStatus(): {
  $typeName: 'google.rpc.Status';
  code: number;
  message: string;
  details: [];
} {
  return { $typeName: 'google.rpc.Status', code: grpcCodes.ok, message: '', details: [] };
}

function assertBatchFits(sumBytes: number, { batchBytesMax }: ReapiLimits): void {
  if (sumBytes <= batchBytesMax) return;
  throw new CacheError(
    'too_large',
    `a batch takes ${batchBytesMax} bytes (max_batch_total_size_bytes), this one has ${sumBytes}: use ByteStream`,
  );
}
