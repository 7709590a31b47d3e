import { create } from '@bufbuild/protobuf';
import { CacheError } from '../../core/index.ts';
import {
  type BatchUpdateBlobsRequest,
  type BatchUpdateBlobsRequest_Request,
  type BatchUpdateBlobsResponse_Response,
  BatchUpdateBlobsResponse_ResponseSchema,
  Compressor_Value,
} from '../shared/protobuf/generated/remote-execution.pb.ts';
import { zstdDecompressWhole } from '../shared/zstd/index.ts';
import { assertBatchFits, assertCountFits } from './batch-limits.ts';
import { type BlobDigest, digestFunctionOf, parseDigest } from './blob-digest.ts';
import type { ContentOptions } from './content-options.ts';
import { briefStatusOf, okStatus } from './errors.ts';
import { parseInstanceName } from './instance-name.ts';
import type { ReapiLimits } from './limits.ts';
import { mapConcurrently } from './map-concurrently.ts';
import type { GrpcCall } from './method.ts';

/** Stores many small blobs; each has its own status. */
export async function batchUpdate(
  { blobs, limits, reserved }: ContentOptions,
  { instanceName, digestFunction: functionValue, requests }: BatchUpdateBlobsRequest,
  call: GrpcCall,
): Promise<{ responses: BatchUpdateBlobsResponse_Response[] }> {
  const caller = call.callerFor(parseInstanceName(instanceName, reserved));
  const digestFunction = digestFunctionOf(functionValue);
  assertCountFits('BatchUpdateBlobs', requests.length, limits.batchBlobsMax);
  assertBatchFits(sumBytesOf(requests), limits);
  const responses = await mapConcurrently(requests, limits, async (part) => {
    const answer = create(BatchUpdateBlobsResponse_ResponseSchema);
    if (part.digest !== undefined) answer.digest = part.digest;
    try {
      const digest = parseDigest(part.digest, digestFunction);
      const bytes = await identityOf(part, digest, limits);
      await blobs.put(digest, caller, bytes, { signal: call.signal });
      answer.status = okStatus();
    } catch (error) {
      if (call.signal.aborted) throw error;
      answer.status = briefStatusOf(error);
    }
    return answer;
  });
  return { responses };
}

/** What the blobs have together: of a compressed one both what was sent and what it becomes. */
function sumBytesOf(requests: readonly BatchUpdateBlobsRequest_Request[]): number {
  let sumBytes = 0;
  for (const { data, digest, compressor } of requests) {
    const isCompressed = compressor !== Compressor_Value.IDENTITY;
    const announcedBytes = isCompressed ? Number(digest?.sizeBytes ?? 0) : 0;
    sumBytes += Math.max(data.byteLength, announcedBytes);
  }
  return sumBytes;
}

async function identityOf(
  { data, compressor }: BatchUpdateBlobsRequest_Request,
  { sizeBytes }: BlobDigest,
  limits: ReapiLimits,
): Promise<Uint8Array> {
  if (compressor === Compressor_Value.IDENTITY) return data;
  if (compressor !== Compressor_Value.ZSTD) {
    throw new CacheError('bad_request', `compressor must be IDENTITY or ZSTD, got ${compressor}`);
  }
  assertBatchFits(sizeBytes, limits);
  return await zstdDecompressWhole(data, sizeBytes);
}
