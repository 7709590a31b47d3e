import assert from 'node:assert/strict';
import { test } from 'node:test';
import { create, toBinary } from '@bufbuild/protobuf';
import { frameOf } from '../shared/grpc/index.ts';
import { heldPayload } from '../shared/held-payload.ts';
import {
  ReadRequestSchema,
  ReadResponseSchema,
} from '../shared/protobuf/generated/bytestream.pb.ts';
import { ReadCheck } from './read-check.ts';

const bytes = Buffer.from(Array.from({ length: 1000 }, (_, index) => (index * 7) % 251));
const payload = heldPayload(bytes);

/** Messages of these sizes; 0 is one without data. */
function wireOf(content: Buffer, sizes: readonly number[]): Buffer {
  const frames: Buffer[] = [];
  let at = 0;
  for (const size of sizes) {
    const data = content.subarray(at, at + size);
    frames.push(frameOf(toBinary(ReadResponseSchema, create(ReadResponseSchema, { data }))));
    at += size;
  }
  return Buffer.concat(frames);
}

function check(wire: Buffer, pieceBytes: number): void {
  const reading = new ReadCheck(payload);
  for (let at = 0; at < wire.length; at += pieceBytes) {
    reading.sink(wire.subarray(at, at + pieceBytes), 200);
  }
  reading.throwUnlessWhole();
}

for (const sizes of [[1000], [1, 0, 127, 128, 744], [500, 500]]) {
  for (const pieceBytes of [1, 3, 64, 5000]) {
    test(`messages of ${sizes} in pieces of ${pieceBytes} are compared`, () => {
      const wire = wireOf(bytes, sizes);
      check(wire, pieceBytes);
      const changed = Buffer.from(wire);
      changed[wire.length - 1] = changed[wire.length - 1]! ^ 1;
      assert.throws(() => check(changed, pieceBytes), { kind: 'integrity' });
      assert.throws(() => check(wire.subarray(0, -1), pieceBytes), { kind: 'integrity' });
      const more = Buffer.concat([wire, wireOf(bytes, [1])]);
      assert.throws(() => check(more, pieceBytes), { kind: 'integrity' });
    });
  }
}

test('another message is not a read', () => {
  const other = toBinary(ReadRequestSchema, create(ReadRequestSchema, { resourceName: 'x' }));
  assert.throws(() => check(frameOf(other), 5000), { kind: 'protocol' });
});

test('a compressed message is not a read', () => {
  const wire = wireOf(bytes, [1000]);
  wire[0] = 1;
  assert.throws(() => check(wire, 5000), { kind: 'protocol' });
});
