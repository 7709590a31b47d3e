import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { encodeGrpcMessage, FrameReader, frameOf, parseGrpcTimeout } from './frames.ts';

describe('gRPC frames', () => {
  const messages = [0, 1, 5, 0, 1000, 70_000, 0].map((size) => randomBytes(size));
  const wire = Buffer.concat(messages.map(frameOf));

  for (const pieceBytes of [1, 2, 3, 5, 6, 1024, wire.length]) {
    test(`messages come back from pieces of ${pieceBytes}`, () => {
      const reader = new FrameReader(100_000);
      const read: Buffer[] = [];
      for (let at = 0; at < wire.length; at += pieceBytes) {
        for (const { message, isCompressed } of reader.push(wire.subarray(at, at + pieceBytes))) {
          assert.equal(isCompressed, false);
          read.push(Buffer.from(message));
        }
      }
      assert.deepEqual(read, messages);
      assert.ok(reader.isBetweenMessages);
    });
  }

  test('a message in pieces of one byte holds no more than its bytes', () => {
    const held: number[] = [];
    const message = randomBytes(300_000);
    const reader = new FrameReader(2 ** 20, (bytes) => held.push(bytes));
    const frame = frameOf(message);
    const read: Uint8Array[] = [];
    for (let at = 0; at < frame.length; at += 1) {
      for (const whole of reader.push(frame.subarray(at, at + 1))) read.push(whole.message);
    }
    assert.deepEqual(read, [message]);
    assert.deepEqual(held, [65_536, 131_072, 262_144, 300_000]);
  });

  test('an announcement holds nothing, and a message in one piece is not copied', () => {
    const reader = new FrameReader(2 ** 20, () => assert.fail('nothing is to be held'));
    assert.deepEqual([...reader.push(Buffer.from([0, 0, 15, 0, 0]))], []);
    const frame = frameOf(randomBytes(100));
    const [whole] = new FrameReader(2 ** 20, () => assert.fail('no copy')).push(frame);
    assert.equal(whole?.message.buffer, frame.buffer);
  });

  test('half a message is known as such', () => {
    const reader = new FrameReader(100);
    assert.deepEqual([...reader.push(Buffer.from([0, 0]))], []);
    assert.equal(reader.isBetweenMessages, false);
  });

  test('a message over the limit is refused by its prefix', () => {
    const reader = new FrameReader(100);
    assert.throws(() => [...reader.push(Buffer.from([0, 0, 0, 0, 101]))], { code: 'too_large' });
  });

  test('what is not a prefix is refused', () => {
    const reader = new FrameReader(100);
    assert.throws(() => [...reader.push(Buffer.from('GET / HTTP'))], { code: 'bad_request' });
  });

  test('text fits into a header', () => {
    assert.equal(encodeGrpcMessage('100 %\n\u00e9 \ud800'), '100 %25%0A%C3%A9 %EF%BF%BD');
  });

  const timeouts = [
    ['1H', 3_600_000],
    ['2M', 120_000],
    ['30S', 30_000],
    ['5m', 5],
    ['1500u', 1.5],
    ['99999999n', 99.999999],
    ['123456789S', undefined],
    ['S', undefined],
    ['5x', undefined],
    ['-5S', undefined],
  ] as const;
  for (const [text, ms] of timeouts) {
    test(`the timeout ${text} is ${ms} ms`, () => assert.equal(parseGrpcTimeout(text), ms));
  }
});
