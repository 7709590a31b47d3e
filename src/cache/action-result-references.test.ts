import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { emptySha256, type Sha256, sha256Of } from '../core/index.ts';
import { actionResultReferences, directoryReferences } from './action-result-references.ts';

const hash = (name: string): Sha256 => sha256Of(name);

/** Writes messages field by field: numbers and wire types as in remote_execution.proto. */
function message(...fields: readonly (readonly [number, Uint8Array | string | number])[]): Buffer {
  const writer = new BinaryWriter();
  for (const [number, value] of fields) {
    if (typeof value === 'number') writer.tag(number, 0).int64(value);
    else if (typeof value === 'string') writer.tag(number, 2).string(value);
    else writer.tag(number, 2).bytes(value);
  }
  return Buffer.from(writer.finish());
}

const digest = (of: string): Buffer => message([1, of], [2, 12]);
const named = (...names: readonly string[]): { hash: Sha256; sizeBytes: number }[] =>
  names.map((name) => ({ hash: hash(name), sizeBytes: 12 }));

test('names files, trees, standard output and error', () => {
  const result = message(
    [2, message([1, 'a.o'], [2, digest(hash('file'))], [4, 1])],
    [2, message([1, 'same.o'], [2, digest(hash('file'))])],
    [3, message([1, 'dir'], [3, digest(hash('tree'))])],
    [3, message([1, 'two'], [3, digest(hash('both'))], [5, digest(hash('root'))])],
    [4, 0],
    [6, digest(hash('stdout'))],
    [8, digest(hash('stderr'))],
    [9, message([1, 'worker-1'])],
    [12, message([1, 'link'], [2, 'target'])],
  );
  assert.deepEqual(actionResultReferences(result), {
    blobs: named('file', 'tree', 'both', 'root', 'stdout', 'stderr'),
    trees: named('tree', 'both'),
    directories: named('root'),
  });
});

test('a hash with two sizes names something that cannot exist', () => {
  const result = message([6, digest(hash('x'))], [8, message([1, hash('x')], [2, 13])]);
  const { blobs } = actionResultReferences(result);
  assert.equal(blobs.length, 1);
  assert.ok(![12, 13].includes(blobs[0]?.sizeBytes ?? 12));
});

test('a directory names its files and its subdirectories', () => {
  const directory = message(
    [1, message([1, 'a'], [2, digest(hash('file'))])],
    [2, message([1, 'sub'], [2, digest(hash('directory'))])],
    [3, message([1, 'link'], [2, 'target'])],
  );
  const found = directoryReferences(directory);
  assert.deepEqual(found, { files: named('file'), directories: named('directory') });
  assert.deepEqual(directoryReferences(directory.subarray(1)), { files: [], directories: [] });
});

const nothing: { name: string; bytes: Uint8Array }[] = [
  { name: 'no bytes', bytes: new Uint8Array() },
  { name: 'text', bytes: Buffer.from(`{"hash":"${hash('x')}"}`) },
  { name: 'a bare hash', bytes: Buffer.from(hash('x')) },
  { name: 'the empty blob', bytes: message([6, message([1, emptySha256])]) },
  { name: 'a hash of another function', bytes: message([6, digest('a'.repeat(40))]) },
  { name: 'upper case', bytes: message([6, digest(hash('x').toUpperCase())]) },
  {
    name: 'a file whose contents are in the message',
    bytes: message([2, message([1, 'a'], [2, digest(hash('x'))], [5, Buffer.from('inline')])]),
  },
  { name: 'a cut message', bytes: message([6, digest(hash('x'))]).subarray(0, -1) },
  {
    name: 'bytes behind the message',
    bytes: Buffer.concat([message([6, digest(hash('x'))]), Buffer.of(7)]),
  },
  { name: 'a field of another type', bytes: message([6, digest(hash('x'))], [2, 5]) },
];
for (const { name, bytes } of nothing) {
  test(`names nothing: ${name}`, () => assert.deepEqual(actionResultReferences(bytes).blobs, []));
}

test('takes any bytes without a throw', () => {
  const valid = message([2, message([1, 'a'], [2, digest(hash('x'))])], [6, digest(hash('y'))]);
  for (let round = 0; round < 5_000; round += 1) {
    const bytes = round % 2 === 0 ? randomBytes(round % 300) : Buffer.from(valid);
    if (round % 2 === 1) bytes[round % bytes.length] = round % 256;
    const { blobs } = actionResultReferences(bytes);
    assert(blobs.length <= 2);
    for (const one of blobs) assert.match(one.hash, /^[0-9a-f]{64}$/);
  }
});
