import assert from 'node:assert/strict';
import { test } from 'node:test';
import { create, toBinary } from '@bufbuild/protobuf';
import {
  BatchReadBlobsResponseSchema,
  type Compressor_Value,
} from '../shared/protobuf/generated/remote-execution.pb.ts';
import { checkDigest } from './blob-digest.ts';
import { encodeBatchRead, type ReadBlob } from './encode-batch-read.ts';
import { varintBytesMax, varintSize, writeVarint } from './varint.ts';

const hash = 'ab'.repeat(32);
const emptyHash = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

test('a batch is what the generated code makes of it, byte for byte', () => {
  const sizes = [1, 127, 128, 16_383, 16_384, 70_000];
  const blobs: ReadBlob[] = sizes.flatMap((sizeBytes, index) =>
    [false, true].map((isZstd) => ({
      digest: checkDigest(hash, sizeBytes, 'sha256'),
      data: Buffer.alloc(isZstd ? index : sizeBytes, index),
      isZstd,
    })),
  );
  blobs.push({ digest: checkDigest(emptyHash, 0, 'sha256'), data: Buffer.alloc(0), isZstd: false });
  blobs.push({
    digest: checkDigest(hash, 2 ** 53 - 1, 'sha256'),
    data: Buffer.from('x'),
    isZstd: false,
  });
  blobs.push({
    other: { digest: { hash: 'no hash', sizeBytes: -1n }, status: { code: 3, message: 'é' } },
  });
  const generated = create(BatchReadBlobsResponseSchema, {
    responses: blobs.map((blob) =>
      'other' in blob
        ? blob.other
        : {
            digest: { hash: blob.digest.hash, sizeBytes: BigInt(blob.digest.sizeBytes) },
            data: blob.data,
            status: {},
            compressor: (blob.isZstd ? 1 : 0) as Compressor_Value,
          },
    ),
  });
  const encoded = encodeBatchRead(blobs);
  assert.ok(Buffer.from(toBinary(BatchReadBlobsResponseSchema, generated)).equals(encoded));
  assert.equal(encodeBatchRead([]).byteLength, 0);
});

test('numbers of each length', () => {
  for (let bits = 0; bits <= 53; bits += 1) {
    for (const value of [2 ** bits - 1, Math.min(2 ** bits, Number.MAX_SAFE_INTEGER)]) {
      const buffer = Buffer.alloc(varintBytesMax);
      const end = writeVarint(buffer, 0, value);
      assert.equal(end, varintSize(value));
      let read = 0n;
      for (let at = end - 1; at >= 0; at -= 1) read = (read << 7n) | BigInt(buffer[at]! & 0x7f);
      assert.equal(read, BigInt(value));
      assert.ok(buffer[end - 1]! < 0x80);
    }
  }
});
