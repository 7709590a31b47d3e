import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { walkFieldsMax, walkWhole } from './wire-walk.ts';

const valid = new BinaryWriter()
  .tag(1, WireType.LengthDelimited)
  .string('text')
  .tag(2, WireType.Varint)
  .int64(-1)
  .tag(3, WireType.Bit64)
  .fixed64(7)
  .tag(4, WireType.Bit32)
  .fixed32(7)
  .tag(536_870_911, WireType.LengthDelimited)
  .bytes(new Uint8Array(200))
  .finish();

test('agrees with the kept library on what a message is and where its fields lie', () => {
  let accepted = 0;
  for (let round = 0; round < 20_000; round += 1) {
    const bytes = mutated(round);
    const fields: string[] = [];
    const visit = (number: number) => (_: Uint8Array, start: number, end: number) => {
      fields.push(`${number}:${start}-${end}`);
      return true;
    };
    const walked = walkWhole(bytes, { 1: visit(1), 536870911: visit(9) });
    const expected = readWithLibrary(bytes);
    assert.equal(walked, expected !== undefined, `round ${round}`);
    if (expected !== undefined) assert.deepEqual(fields, expected);
    if (walked) accepted += 1;
  }
  assert.ok(accepted > 1000 && accepted < 19_000, `${accepted} accepted`);
});

test('ends at once where a visitor refuses', () => {
  let calls = 0;
  const refuse = (): boolean => {
    calls += 1;
    return false;
  };
  assert.equal(walkWhole(valid, { 1: refuse, 536870911: refuse }), false);
  assert.equal(calls, 1);
});

const malformed: { name: string; bytes: readonly number[] }[] = [
  { name: 'field number 0', bytes: [0x02, 0x00] },
  { name: 'a varint without end', bytes: [0x10, ...Array.from({ length: 11 }, () => 0x80), 0x01] },
  { name: 'a length beyond the end', bytes: [0x0a, 0x02, 0x61] },
  {
    name: 'a length of 2^63',
    bytes: [0x0a, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01],
  },
  { name: 'a cut fixed64', bytes: [0x19, 0x00] },
  { name: 'a group', bytes: [0x0b, 0x0c] },
  { name: 'wire type 7', bytes: [0x0f] },
  { name: 'a visited field of another type', bytes: [0x08, 0x01] },
];
for (const { name, bytes } of malformed) {
  test(`refuses ${name}`, () => {
    const message = Uint8Array.from(bytes);
    assert.equal(walkWhole(message, { 1: () => true }), false);
  });
}

test('walks as many fields as it says, and no more', () => {
  const most = Buffer.alloc(2 * walkFieldsMax, Buffer.from([0x78, 0]));
  assert.equal(walkWhole(most, {}), true);
  const more = Buffer.alloc(2 * walkFieldsMax + 2, Buffer.from([0x78, 0]));
  assert.throws(() => walkWhole(more, {}), { code: 'too_large' });
  // What was refused leaves the next one its own count.
  assert.equal(walkWhole(valid, {}), true);
});

/** The valid message, cut or with a byte changed; the same in each run. */
function mutated(round: number): Uint8Array {
  const random = createHash('sha256').update(String(round)).digest();
  const bytes = Uint8Array.from(valid);
  // The bulk of the last field is dull; most changes go to the part before it.
  const at = random.readUInt16LE(0) % 40;
  if (random[2] === 0) return bytes.subarray(0, at);
  bytes[at] = random[3] as number;
  return bytes;
}

/** The visited fields, or nothing where the library throws, meets a group, or a field of a wrong type. */
function readWithLibrary(bytes: Uint8Array): string[] | undefined {
  const fields: string[] = [];
  const reader = new BinaryReader(bytes);
  try {
    while (reader.pos < reader.len) {
      const [number, wireType] = reader.tag();
      if (wireType === WireType.StartGroup || wireType === WireType.EndGroup) return undefined;
      const isVisited = number === 1 || number === 536_870_911;
      if (isVisited && wireType !== WireType.LengthDelimited) return undefined;
      const value = reader.skip(wireType, number);
      if (!isVisited) continue;
      const length = new BinaryReader(value).uint32();
      fields.push(`${number === 1 ? 1 : 9}:${reader.pos - length}-${reader.pos}`);
    }
    return fields;
  } catch {
    return undefined;
  }
}
