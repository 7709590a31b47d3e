import type { CacheHit, CacheLookup, Caller } from '../../cache/index.ts';
import { CacheError } from '../../core/index.ts';
import type { ReservedMounts } from '../shared/mounts.ts';
import {
  ByteStream,
  type QueryWriteStatusRequest,
  type ReadRequest,
  type WriteRequest,
} from '../shared/protobuf/generated/bytestream.pb.ts';
import { zstdCompress, zstdDecompress } from '../shared/zstd/index.ts';
import type { BlobDigest } from './blob-digest.ts';
import type { Blobs } from './blobs.ts';
import { GrpcFailure, grpcCodes } from './errors.ts';
import { grpcMessageBytesMax, nameRequestBytesMax, type ReapiLimits } from './limits.ts';
import {
  clientStream,
  Encoded,
  type GrpcCall,
  type GrpcMethod,
  serverStream,
  unary,
} from './method.ts';
import { parseReadResource, parseWriteResource, type Resource } from './resource-name.ts';
import type { Upload, Uploads } from './upload.ts';
import { varintBytesMax, writeVarint } from './varint.ts';

/** google.bytestream.ByteStream: blobs of any size, in pieces, both ways. */
export function byteStreamMethods(options: {
  readonly blobs: Blobs;
  readonly limits: ReapiLimits;
  readonly uploads: Uploads;
  readonly reserved: ReservedMounts;
}): GrpcMethod[] {
  const { blobs, limits, uploads, reserved } = options;
  return [
    serverStream(
      ByteStream.method.read,
      'read',
      (request, call) => read(blobs, limits, reserved, request, call),
      { messageBytesMax: nameRequestBytesMax },
    ),
    clientStream(
      ByteStream.method.write,
      'write',
      (requests, call) => write(blobs, limits, uploads, reserved, requests, call),
      { messageBytesMax: grpcMessageBytesMax },
    ),
    unary(
      ByteStream.method.queryWriteStatus,
      'write',
      (request, call) => queryWriteStatus(blobs, uploads, reserved, request, call),
      { messageBytesMax: nameRequestBytesMax },
    ),
  ];
}

function read(
  blobs: Blobs,
  limits: ReapiLimits,
  reserved: ReservedMounts,
  request: ReadRequest,
  call: GrpcCall,
): AsyncIterable<Encoded> | readonly Encoded[] {
  const { instance, compressor, digest } = parseReadResource(request.resourceName, reserved);
  const caller = call.callerFor(instance);
  const range = rangeOf(request, digest.sizeBytes, compressor);
  const room = call.roomFor(roomOf(digest, limits));
  const found = room === undefined ? blobs.get(digest, caller) : undefined;
  if (found !== undefined && !(found instanceof Promise) && compressor === 'identity') {
    const { bytes } = hitOf(found, digest);
    if (bytes !== undefined && range.lengthBytes <= limits.pieceBytesMax) {
      const { offsetBytes, lengthBytes } = range;
      if (lengthBytes === 0) return [];
      return [readResponse(bytes.subarray(offsetBytes, offsetBytes + lengthBytes))];
    }
  }
  const look = async (): Promise<CacheLookup> => {
    await room;
    return await (found ?? blobs.get(digest, caller));
  };
  return readPieces({ look, digest, compressor, range }, limits, call);
}

/** What is held of a blob at a time: small ones are read whole. */
function roomOf(
  { sizeBytes }: BlobDigest,
  { pieceBytesMax, chunkBytesUsual }: ReapiLimits,
): number {
  return sizeBytes <= pieceBytesMax ? sizeBytes : chunkBytesUsual;
}

async function* readPieces(
  {
    look,
    digest,
    compressor,
    range,
  }: {
    readonly look: () => Promise<CacheLookup>;
    readonly digest: BlobDigest;
    readonly compressor: Resource['compressor'];
    readonly range: Range;
  },
  limits: ReapiLimits,
  call: GrpcCall,
): AsyncGenerator<Encoded, void, undefined> {
  const body = rangeBody(hitOf(await look(), digest), range, call);
  const encoded = compressor === 'zstd' ? zstdCompress(body) : body;
  for await (const chunk of encoded) {
    for (let at = 0; at < chunk.byteLength; at += limits.pieceBytesMax) {
      yield readResponse(chunk.subarray(at, at + limits.pieceBytesMax));
    }
    // Before the next chunk is read.
    await call.roomFor(roomOf(digest, limits));
  }
}

/** @throws {GrpcFailure} NOT_FOUND. */
function hitOf(found: CacheLookup, { hash }: BlobDigest): CacheHit {
  if (found.kind === 'hit') return found;
  throw new GrpcFailure(grpcCodes.notFound, 'not_found', `no blob ${hash}`);
}

/** google.bytestream.ReadResponse with `data` (10), written by hand: the only message that is mostly bytes. */
function readResponse(data: Uint8Array): Encoded {
  const message = Buffer.allocUnsafe(1 + varintBytesMax + data.byteLength);
  message[0] = (10 << 3) | 2;
  const at = writeVarint(message, 1, data.byteLength);
  message.set(data, at);
  return new Encoded(message.subarray(0, at + data.byteLength));
}

interface Range {
  readonly offsetBytes: number;
  readonly lengthBytes: number;
}

function rangeOf(
  { readOffset, readLimit }: ReadRequest,
  sizeBytes: number,
  compressor: Resource['compressor'],
): Range {
  if (readLimit < 0n)
    throw new CacheError('bad_request', `read_limit must be 0 or more, got ${readLimit}`);
  if (readLimit > 0n && compressor !== 'identity') {
    throw new CacheError('bad_request', 'read_limit must be 0 when the blob is read compressed');
  }
  if (readOffset < 0n || readOffset > BigInt(sizeBytes)) {
    throw new GrpcFailure(
      grpcCodes.outOfRange,
      'out_of_range',
      `read_offset must be 0 to ${sizeBytes}, got ${readOffset}`,
    );
  }
  const offsetBytes = Number(readOffset);
  const restBytes = sizeBytes - offsetBytes;
  return {
    offsetBytes,
    lengthBytes: readLimit === 0n ? restBytes : Math.min(restBytes, Number(readLimit)),
  };
}

async function* rangeBody(
  found: CacheHit,
  { offsetBytes, lengthBytes }: Range,
  call: GrpcCall,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (lengthBytes === 0) return;
  if (found.bytes !== undefined) {
    yield found.bytes.subarray(offsetBytes, offsetBytes + lengthBytes);
    return;
  }
  // Asked for here alone: a signal costs more than a small blob.
  const { signal } = call;
  const isWhole = lengthBytes === found.sizeBytes;
  yield* found.stream(isWhole ? { signal } : { offsetBytes, lengthBytes, signal });
}

async function write(
  blobs: Blobs,
  limits: ReapiLimits,
  uploads: Uploads,
  reserved: ReservedMounts,
  requests: AsyncIterable<WriteRequest>,
  call: GrpcCall,
): Promise<{ committedSize: bigint }> {
  const iterator = requests[Symbol.asyncIterator]();
  const first = await iterator.next();
  if (first.done === true) throw new CacheError('bad_request', 'a Write without a message');
  const name = first.value.resourceName;
  const resource = parseWriteResource(name, reserved);
  const { digest, compressor, instance } = resource;
  const caller = call.callerFor(instance);
  if (digest.sizeBytes > limits.blobBytesMax) {
    throw new CacheError(
      'too_large',
      `blobs of up to ${limits.blobBytesMax} bytes are accepted, this one has ${digest.sizeBytes}`,
    );
  }
  const whole = BigInt(compressor === 'zstd' ? -1 : digest.sizeBytes);
  const [isMissing] = await blobs.missing([digest], caller);
  // The client may still be sending: the listener that carries the call reads and drops what comes.
  if (isMissing !== true) return { committedSize: whole };
  const upload = beginUpload(
    blobs,
    uploads,
    name,
    { ...resource, caller },
    first.value.writeOffset,
  );
  const isFinished = await receive(uploads, upload, name, first.value, iterator, call.signal);
  if (!isFinished) return { committedSize: BigInt(upload.receivedBytes) };
  await upload.stored;
  if (upload.isStoredElsewhere) return { committedSize: whole };
  return { committedSize: compressor === 'zstd' ? BigInt(upload.receivedBytes) : whole };
}

function beginUpload(
  blobs: Blobs,
  uploads: Uploads,
  name: string,
  { digest, compressor, caller }: Resource & { readonly caller: Caller },
  writeOffset: bigint,
): Upload {
  const blob = blobNameOf(digest);
  if (writeOffset === 0n) {
    return uploads.begin(blob, name, (body, signal) => {
      const identity =
        compressor === 'zstd' ? zstdDecompress(body, { sizeBytesMax: digest.sizeBytes }) : body;
      return blobs.put(digest, caller, identity, { signal });
    });
  }
  const upload = uploads.resume(blob, name, Number(writeOffset));
  if (upload !== undefined) return upload;
  throw new GrpcFailure(
    grpcCodes.aborted,
    'not_resumable',
    `no upload of that name at offset ${writeOffset}: call QueryWriteStatus, or begin at 0`,
  );
}

/** Takes the messages of one stream. @returns whether the blob is whole, or was stored by another upload. */
async function receive(
  uploads: Uploads,
  upload: Upload,
  name: string,
  first: WriteRequest,
  rest: AsyncIterator<WriteRequest>,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    for (let message = first; ; ) {
      checkMessage(message, name, upload.receivedBytes);
      await upload.push(message.data);
      if (upload.isSettled) {
        // It failed, or it has all that it needs: the client hears of it before it has sent the rest.
        await upload.stored;
      }
      if (upload.isStoredElsewhere) return true;
      if (message.finishWrite) {
        upload.finish();
        // Some clients close their side only after the answer: nothing more is waited for.
        return true;
      }
      const next = await upload.unlessStored(rest.next());
      if (next === undefined) return true;
      if (next.done === true) break;
      message = next.value;
    }
  } catch (error) {
    if (isBreak(error)) uploads.brokeOff(upload, error);
    else upload.abort(new CacheError('aborted', 'the upload was refused', { cause: error }));
    throw error;
  }
  uploads.brokeOff(upload, new CacheError('aborted', 'the client did not continue its upload'));
  if (signal.aborted) throw signal.reason;
  return false;
}

function checkMessage(message: WriteRequest, name: string, receivedBytes: number): void {
  if (message.resourceName !== '' && message.resourceName !== name) {
    throw new CacheError('bad_request', 'resource_name changes in the middle of a Write');
  }
  if (message.writeOffset !== BigInt(receivedBytes)) {
    throw new CacheError(
      'bad_request',
      `write_offset must be ${receivedBytes} here, got ${message.writeOffset}`,
    );
  }
}

function blobNameOf({ digestFunction, hash, sizeBytes }: BlobDigest): string {
  return `${digestFunction}/${hash}/${sizeBytes}`;
}

/** Whether the client went away, as against having sent what is refused. */
function isBreak(error: unknown): error is CacheError {
  return error instanceof CacheError && (error.code === 'aborted' || error.code === 'timeout');
}

async function queryWriteStatus(
  blobs: Blobs,
  uploads: Uploads,
  reserved: ReservedMounts,
  { resourceName }: QueryWriteStatusRequest,
  call: GrpcCall,
): Promise<{ committedSize: bigint; complete: boolean }> {
  const { digest, compressor, instance } = parseWriteResource(resourceName, reserved);
  const [isMissing] = await blobs.missing([digest], call.callerFor(instance));
  if (isMissing !== true) {
    return { committedSize: BigInt(compressor === 'zstd' ? -1 : digest.sizeBytes), complete: true };
  }
  const upload = uploads.find(blobNameOf(digest), resourceName);
  return { committedSize: BigInt(upload?.receivedBytes ?? 0), complete: false };
}
