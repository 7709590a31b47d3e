import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromBinary } from '@bufbuild/protobuf';
import { FrameReader } from '../shared/grpc/index.ts';
import { heldPayload } from '../shared/held-payload.ts';
import type { Payload } from '../shared/load-client.ts';
import { WriteRequestSchema } from '../shared/protobuf/generated/bytestream.pb.ts';
import { FramedWrite } from './framed-write.ts';

for (const sizeBytes of [0, 1, 16_384, 16_385, 100_000]) {
  test(`${sizeBytes} bytes are framed as a Write of as many bytes as announced`, () => {
    const bytes = Buffer.from(Array.from({ length: sizeBytes }, (_, index) => index % 251));
    const body = new FramedWrite('uploads/x/blobs/y/0', inOddPieces(bytes));
    const pieces: Buffer[] = [];
    // What was begun and broken off begins again.
    for (let at = 0; at < Math.min(body.sizeBytes, 20_000); ) at += body.piece(at).length;
    for (let at = 0; at < body.sizeBytes; ) {
      const piece = body.piece(at);
      assert.ok(piece.length > 0);
      pieces.push(Buffer.from(piece));
      at += piece.length;
    }
    const wire = Buffer.concat(pieces);
    assert.equal(wire.length, body.sizeBytes);
    const reader = new FrameReader(20_000);
    const messages = [...reader.push(wire)].map(({ message }) =>
      fromBinary(WriteRequestSchema, message),
    );
    assert.ok(reader.isBetweenMessages);
    let offset = 0;
    for (const [index, message] of messages.entries()) {
      assert.equal(message.resourceName, index === 0 ? 'uploads/x/blobs/y/0' : '');
      assert.equal(message.writeOffset, BigInt(offset));
      assert.equal(message.finishWrite, index === messages.length - 1);
      offset += message.data.length;
    }
    assert.ok(Buffer.concat(messages.map(({ data }) => data)).equals(bytes));
  });
}

/** Hands its bytes over in odd pieces, as the load test's payloads do at their start. */
function inOddPieces(bytes: Buffer): Payload {
  return {
    ...heldPayload(bytes),
    piece: (offset) => bytes.subarray(offset, offset + (offset === 0 ? 32 : 5000)),
  };
}
