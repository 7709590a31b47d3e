import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRange } from './range.ts';

const cases = [
  { text: 'bytes=0-0', expected: { offsetBytes: 0, lengthBytes: 1 } },
  { text: 'bytes=2-4', expected: { offsetBytes: 2, lengthBytes: 3 } },
  { text: 'bytes=2-', expected: { offsetBytes: 2, lengthBytes: 8 } },
  { text: 'bytes=-3', expected: { offsetBytes: 7, lengthBytes: 3 } },
  { text: 'bytes=-99', expected: { offsetBytes: 0, lengthBytes: 10 } },
  { text: 'bytes=8-99', expected: { offsetBytes: 8, lengthBytes: 2 } },
  { text: 'bytes=10-', expected: 'unsatisfiable' },
  { text: 'bytes=-0', expected: 'unsatisfiable' },
  { text: 'bytes=4-2', expected: 'whole' },
  { text: 'bytes=-', expected: 'whole' },
  { text: 'bytes=0-1,3-4', expected: 'whole' },
  { text: 'items=0-1', expected: 'whole' },
  { text: 'bytes=0x1-2', expected: 'whole' },
  { text: '', expected: 'whole' },
] as const;

for (const { text, expected } of cases) {
  test(`"${text}" of ten bytes`, () => assert.deepEqual(parseRange(text, 10), expected));
}

test('no byte of an empty body can be asked for', () => {
  assert.equal(parseRange('bytes=0-', 0), 'unsatisfiable');
  assert.equal(parseRange('bytes=-1', 0), 'unsatisfiable');
});
