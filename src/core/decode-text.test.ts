import assert from 'node:assert/strict';
import test from 'node:test';
import { decodeText } from './decode-text.ts';

const text = '{"key":"Größe"}';
const utf16 = Buffer.from(text, 'utf16le');

test('UTF-8 and marked UTF-16 are read, and the mark is not part of the text', () => {
  const mark = Buffer.from('\ufeff');
  assert.equal(decodeText(Buffer.from(text)), text);
  assert.equal(decodeText(Buffer.concat([mark, Buffer.from(text)])), text);
  assert.equal(decodeText(Buffer.concat([Buffer.from([0xff, 0xfe]), utf16])), text);
  const swapped = Buffer.from(utf16).swap16();
  assert.equal(decodeText(Buffer.concat([Buffer.from([0xfe, 0xff]), swapped])), text);
  assert.equal(decodeText(new Uint8Array()), '');
});

test('what would be read as something else is refused by its name', () => {
  assert.throws(
    () => decodeText(utf16),
    /it is UTF-16 without a byte order mark; save it as UTF-8/,
  );
  assert.throws(() => decodeText(Buffer.from(utf16).swap16()), /UTF-16 without/);
  assert.throws(() => decodeText(Buffer.from([0xff, 0xfe, 0, 0, 0x7b, 0, 0, 0])), /UTF-32/);
});
