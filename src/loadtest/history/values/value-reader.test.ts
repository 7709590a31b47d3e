import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sha256Of } from '../../../core/index.ts';
import { createRandom, type Random } from '../../statistics/random.ts';
import { createPoolMemory, PayloadPool } from '../../workload/payload-pool.ts';
import type { ByteFault } from '../check/operation.ts';
import { headerBytes, type ValueName, valuePayload } from './value.ts';
import { ValueReader } from './value-reader.ts';

const pool = new PayloadPool(createPoolMemory(1));
const run = '0123abcd';
const rounds = 400;
const sizes = [100, 4096, 20_480, 307_200];

function nameOf(random: Random, key = 'blob-1'): ValueName {
  const sizeBytes = sizes[Math.floor(random() * sizes.length)]!;
  const number = 1 + Math.floor(random() * 1e6);
  return { run, key, client: Math.floor(random() * 100), number, sizeBytes };
}

function bytesOf(name: ValueName): Buffer {
  const payload = valuePayload(pool, name);
  const pieces: Buffer[] = [];
  for (let offset = 0; offset < payload.sizeBytes; offset += pieces.at(-1)!.length) {
    pieces.push(payload.piece(offset));
  }
  return Buffer.concat(pieces);
}

/** Hands a body over in pieces of any size. */
function read(random: Random, body: Buffer, sent: readonly ValueName[], sha256?: string) {
  const reader = new ValueReader({
    pool,
    run,
    key: 'blob-1',
    sha256,
    sentValues: () => sent,
  });
  for (let offset = 0; offset < body.length; ) {
    const most = random() < 0.5 ? 100 : 65_536;
    const chunk = body.subarray(offset, offset + 1 + Math.floor(random() * most));
    reader.sink(chunk, 200);
    offset += chunk.length;
  }
  return reader.outcome();
}

test('a value is recognised, however it comes', () => {
  const random = createRandom(2, 0);
  for (let n = 0; n < rounds; n += 1) {
    const name = nameOf(random);
    const body = bytesOf(name);
    assert.equal(body.length, name.sizeBytes);
    const value = `${name.client}.${name.number}`;
    assert.deepEqual(read(random, body, []), { outcome: 'value', value });
    assert.deepEqual(read(random, body, [], sha256Of(body)), { outcome: 'value', value });
  }
});

test('values of two writes share no long stretch at the same place', () => {
  const random = createRandom(3, 0);
  const a = bytesOf({ ...nameOf(random), sizeBytes: 20_480 });
  const b = bytesOf({ ...nameOf(random), sizeBytes: 20_480 });
  for (let at = headerBytes; at + 8 <= a.length; at += 8) {
    assert.ok(!a.subarray(at, at + 8).equals(b.subarray(at, at + 8)), `at ${at}`);
  }
});

describe('a wrong body is recognised for what it is', () => {
  type Wrong = (random: Random, body: Buffer, name: ValueName) => Buffer | undefined;
  const other = (random: Random, { sizeBytes }: ValueName, key?: string): ValueName => ({
    ...nameOf(random, key),
    client: 500,
    sizeBytes,
  });
  const faults: Record<ByteFault, Wrong> = {
    'other key': (random, _, name) => bytesOf(other(random, name, 'blob-2')),
    mixed: (random, body, name) => {
      const from = headerBytes + Math.floor(random() * (body.length - headerBytes - 8));
      const [stranger] = sentWith(name);
      return Buffer.concat([body.subarray(0, from), bytesOf(stranger!).subarray(from)]);
    },
    altered: (random, body) => {
      const wrong = Buffer.from(body);
      wrong[headerBytes + Math.floor(random() * (body.length - headerBytes))]! ^= 0x40;
      return wrong;
    },
    'cut short': (random, body) =>
      body.subarray(0, headerBytes + Math.floor(random() * (body.length - headerBytes))),
    'too long': (_, body) => Buffer.concat([body, Buffer.from('x')]),
    'no value': (random, body) =>
      random() < 0.5 ? Buffer.alloc(0) : Buffer.from(body).fill('x', 0, 10),
    digest: (_, body) => body,
  };
  for (const [fault, make] of Object.entries(faults)) {
    test(fault, () => {
      const random = createRandom(4, 0);
      let [found, named] = [0, 0];
      for (let n = 0; n < rounds; n += 1) {
        const name = nameOf(random);
        const body = make(random, bytesOf(name), name)!;
        const sha256 = fault === 'digest' ? sha256Of('something else') : undefined;
        const outcome = read(random, body, sentWith(name), sha256);
        if (outcome.outcome !== 'corrupt') continue;
        found += 1;
        if (outcome.fault === fault) named += 1;
      }
      assert.equal(found, rounds);
      assert.ok(named >= rounds * 0.99, `${named} of ${rounds} named`);
    });
  }
});

/** Another value of the same key and size. */
function sentWith(name: ValueName): ValueName[] {
  return [{ ...name, client: name.client + 1 }];
}

test('the body of another status is not read as a value', () => {
  const reader = new ValueReader({
    pool,
    run,
    key: 'blob-1',
    sha256: undefined,
    sentValues: () => [],
  });
  reader.sink(Buffer.from('not found'), 404);
  assert.equal(reader.outcome().outcome, 'corrupt');
});
