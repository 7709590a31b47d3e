import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import {
  BatchReadBlobsResponse_ResponseSchema,
  Compressor_Value,
} from '../shared/protobuf/generated/remote-execution.pb.ts';
import type { BlobDigest } from './blob-digest.ts';
import { varintSize, writeVarint } from './varint.ts';

/** Most bytes that a blob adds to the message beside its own and its hash: sizes, tags and a brief status. */
export const partOverheadBytesMax = 100;

/** The outcome of one digest of a BatchReadBlobs: its bytes, or a status. */
export type ReadBlob =
  | { readonly digest: BlobDigest; readonly data: Uint8Array; readonly isZstd: boolean }
  | { readonly other: MessageInitShape<typeof BatchReadBlobsResponse_ResponseSchema> };

/**
 * build.bazel.remote.execution.v2.BatchReadBlobsResponse: responses (1). By hand, since nearly all of
 * it is bytes, which are copied once so.
 */
export function encodeBatchRead(blobs: readonly ReadBlob[]): Uint8Array {
  const others = blobs.map((blob) => ('other' in blob ? encodeOther(blob.other) : none));
  const sizes = blobs.map((blob, index) =>
    'other' in blob ? others[index]!.byteLength : foundSize(blob),
  );
  const sumBytes = sizes.reduce((sum, size) => sum + 1 + varintSize(size) + size, 0);
  const message = Buffer.allocUnsafe(sumBytes);
  let at = 0;
  for (const [index, blob] of blobs.entries()) {
    message[at] = tagOf(1, lengthDelimited);
    at = writeVarint(message, at + 1, sizes[index]!);
    if ('other' in blob) {
      message.set(others[index]!, at);
      at += others[index]!.byteLength;
    } else at = writeFound(message, at, blob);
  }
  return message;
}

type Found = Extract<ReadBlob, { data: Uint8Array }>;

const none = new Uint8Array();
const varint = 0;
const lengthDelimited = 2;
const hashChars = 64;

function tagOf(field: number, wireType: number): number {
  return (field << 3) | wireType;
}

function encodeOther(
  other: MessageInitShape<typeof BatchReadBlobsResponse_ResponseSchema>,
): Uint8Array {
  const schema = BatchReadBlobsResponse_ResponseSchema;
  return toBinary(schema, create(schema, other));
}

/** A field that has its default value is left out. */
function digestSize({ sizeBytes }: BlobDigest): number {
  return 2 + hashChars + (sizeBytes === 0 ? 0 : 1 + varintSize(sizeBytes));
}

function foundSize({ digest, data, isZstd }: Found): number {
  const dataField = data.byteLength === 0 ? 0 : 1 + varintSize(data.byteLength) + data.byteLength;
  return 2 + digestSize(digest) + dataField + 2 + (isZstd ? 2 : 0);
}

/** digest (1): hash (1) and size_bytes (2); data (2); status (3), empty: OK; compressor (4). */
function writeFound(message: Buffer, offset: number, { digest, data, isZstd }: Found): number {
  let at = offset;
  message[at] = tagOf(1, lengthDelimited);
  message[at + 1] = digestSize(digest);
  message[at + 2] = tagOf(1, lengthDelimited);
  message[at + 3] = hashChars;
  at += 4 + message.write(digest.hash, at + 4, hashChars, 'latin1');
  if (digest.sizeBytes !== 0) {
    message[at] = tagOf(2, varint);
    at = writeVarint(message, at + 1, digest.sizeBytes);
  }
  if (data.byteLength > 0) {
    message[at] = tagOf(2, lengthDelimited);
    at = writeVarint(message, at + 1, data.byteLength);
    message.set(data, at);
    at += data.byteLength;
  }
  message[at] = tagOf(3, lengthDelimited);
  message[at + 1] = 0;
  at += 2;
  if (isZstd) {
    message[at] = tagOf(4, varint);
    message[at + 1] = Compressor_Value.ZSTD;
    at += 2;
  }
  return at;
}
