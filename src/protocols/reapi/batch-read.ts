import type { CacheLookup } from '../../cache/index.ts';
import { CacheError, collect } from '../../core/index.ts';
import {
  type BatchReadBlobsRequest,
  Compressor_Value,
  type Digest,
} from '../shared/protobuf/generated/remote-execution.pb.ts';
import { zstdCompressWhole } from '../shared/zstd/index.ts';
import { assertBatchFits, assertCountFits } from './batch-limits.ts';
import { type BlobDigest, digestFunctionOf, parseDigest } from './blob-digest.ts';
import type { ContentOptions } from './content-options.ts';
import { encodeBatchRead, partOverheadBytesMax, type ReadBlob } from './encode-batch-read.ts';
import { briefStatusOf, GrpcFailure, grpcCodes } from './errors.ts';
import { parseInstanceName } from './instance-name.ts';
import type { ReapiLimits } from './limits.ts';
import { mapConcurrently } from './map-concurrently.ts';
import { Encoded, type GrpcCall } from './method.ts';

/** Answers many small blobs; each has its own status. */
export async function batchRead(
  { blobs, limits, reserved }: ContentOptions,
  { instanceName, digestFunction: functionValue, digests, ...request }: BatchReadBlobsRequest,
  call: GrpcCall,
): Promise<Encoded> {
  const caller = call.callerFor(parseInstanceName(instanceName, reserved));
  const digestFunction = digestFunctionOf(functionValue);
  const takesZstd = request.acceptableCompressors.includes(Compressor_Value.ZSTD);
  assertCountFits('BatchReadBlobs', digests.length, limits.batchBlobsMax);
  const room = new AnswerRoom(digests, limits);
  const decodedBytes = digests.length * decodedDigestBytes;
  await call.roomFor(room.bytes + decodedBytes);
  const failed = (asked: Digest, error: unknown): ReadBlob => {
    if (call.signal.aborted) throw error;
    return { other: { digest: asked, status: briefStatusOf(error) } };
  };
  const responses = await mapConcurrently(digests, limits, (asked) => {
    try {
      const digest = parseDigest(asked, digestFunction);
      room.take(digest);
      const found = blobs.get(digest, caller);
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

/** What a digest takes with its objects. */
const decodedDigestBytes = 256;

/**
 * What is left of an answer whose length is bounded. Known before a blob is read: a blob of another
 * size than announced counts as absent.
 */
class AnswerRoom {
  /** The length of the answer if all blobs are there and fit. */
  readonly bytes: number;
  #leftBytes: number;

  /** @throws {CacheError} `too_large` where the blobs, or their digests alone, are too much. */
  constructor(digests: readonly Digest[], limits: ReapiLimits) {
    let blobBytes = 0;
    let otherBytes = 0;
    for (const { hash, sizeBytes } of digests) {
      blobBytes += Math.max(0, Number(sizeBytes));
      otherBytes += partOverheadBytesMax + Buffer.byteLength(hash);
    }
    assertBatchFits(blobBytes, limits);
    this.bytes = Math.min(blobBytes + otherBytes, limits.answerBytesMax);
    this.#leftBytes = limits.answerBytesMax - otherBytes;
    if (this.#leftBytes >= 0) return;
    throw new CacheError('too_large', `the answer would be over ${limits.answerBytesMax} bytes`);
  }

  /** @throws {GrpcFailure} RESOURCE_EXHAUSTED: small blobs have digests that need room as well. */
  take({ sizeBytes }: BlobDigest): void {
    if (sizeBytes > this.#leftBytes) {
      throw new GrpcFailure(
        grpcCodes.resourceExhausted,
        'too_large',
        'the answer is full: request this blob again',
      );
    }
    this.#leftBytes -= sizeBytes;
  }
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
    throw new GrpcFailure(grpcCodes.notFound, 'not_found', 'no such blob');
  }
  const data = found.bytes ?? (await collect(found.stream({ signal: call.signal })));
  if (!takesZstd || data.byteLength < worthCompressingBytesMin) {
    return { digest, data, isZstd: false };
  }
  const encoded = await zstdCompressWhole(data);
  return encoded.byteLength < data.byteLength
    ? { digest, data: encoded, isZstd: true }
    : { digest, data, isZstd: false };
}
