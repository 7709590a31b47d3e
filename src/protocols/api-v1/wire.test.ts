import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CacheError } from '../../core/index.ts';
import { nameCharsMax } from './limits.ts';
import { keyBatchSchema, purgeSchema } from './schema.ts';
import { parseKeyBatch, parsePurge } from './wire.ts';

const hash = '0'.repeat(64);

const batches: readonly {
  readonly name: string;
  readonly body: unknown;
  readonly good: boolean;
}[] = [
  { name: 'blobs', body: { space: 'cas', keys: [hash] }, good: true },
  {
    name: 'blobs asked for by an instance',
    body: { space: 'cas', namespace: 'a', keys: [] },
    good: true,
  },
  { name: 'results', body: { space: 'ac', namespace: 'a/b', keys: ['k', hash] }, good: true },
  { name: 'results of no namespace', body: { space: 'ac', keys: ['any key'] }, good: true },
  { name: 'no object', body: [], good: false },
  { name: 'null', body: null, good: false },
  { name: 'no space', body: { keys: [] }, good: false },
  { name: 'another space', body: { space: 'disk', keys: [] }, good: false },
  { name: 'no keys', body: { space: 'cas' }, good: false },
  { name: 'keys that are not a list', body: { space: 'cas', keys: hash }, good: false },
  { name: 'a hash in capitals', body: { space: 'cas', keys: ['A'.repeat(64)] }, good: false },
  { name: 'a short hash', body: { space: 'cas', keys: ['0'.repeat(63)] }, good: false },
  { name: 'a number for a key', body: { space: 'ac', keys: [1] }, good: false },
  { name: 'an empty key', body: { space: 'ac', keys: [''] }, good: false },
  { name: 'a key with NUL', body: { space: 'ac', keys: ['a\0'] }, good: false },
  { name: 'a long key', body: { space: 'ac', keys: ['a'.repeat(nameCharsMax + 1)] }, good: false },
  {
    name: 'a namespace with a line end',
    body: { space: 'ac', namespace: '\n', keys: [] },
    good: false,
  },
  { name: 'a number for a namespace', body: { space: 'ac', namespace: 1, keys: [] }, good: false },
  { name: 'a misspelt field', body: { space: 'ac', keys: [], namespaces: 'a' }, good: false },
];

const purges: readonly { readonly name: string; readonly body: unknown; readonly good: boolean }[] =
  [
    { name: 'a blob', body: { what: 'key', space: 'cas', key: hash }, good: true },
    { name: 'a result', body: { what: 'key', space: 'ac', namespace: 'n', key: 'k' }, good: true },
    { name: 'a namespace', body: { what: 'namespace', namespace: '' }, good: true },
    { name: 'what is unused', body: { what: 'unused', forMs: 0 }, good: true },
    { name: 'what is old', body: { what: 'older', thanMs: 86_400_000 }, good: true },
    { name: 'nothing said', body: {}, good: false },
    { name: 'something else', body: { what: 'all' }, good: false },
    { name: 'a namespace without one', body: { what: 'namespace' }, good: false },
    { name: 'an age below zero', body: { what: 'older', thanMs: -1 }, good: false },
    { name: 'an age in text', body: { what: 'older', thanMs: '30d' }, good: false },
    { name: 'half a millisecond', body: { what: 'unused', forMs: 0.5 }, good: false },
    {
      name: 'one selection with the field of another',
      body: { what: 'older', thanMs: 1, namespace: '' },
      good: false,
    },
    { name: 'a key with no space', body: { what: 'key', key: hash }, good: false },
  ];

describe('the parser and the documented schema take the same', () => {
  for (const { name, body, good } of batches) {
    test(`keys: ${name}`, () => {
      assert.equal(
        taken(() => parseKeyBatch(body, 10)),
        good,
      );
      assert.equal(keyBatchSchema.safeParse(body).success, good);
    });
  }
  for (const { name, body, good } of purges) {
    test(`purge: ${name}`, () => {
      assert.equal(
        taken(() => parsePurge(body)),
        good,
      );
      assert.equal(purgeSchema.safeParse(body).success, good);
    });
  }
});

test('more keys than the limit are refused with the limit', () => {
  const body = { space: 'cas', keys: [hash, hash, hash] };
  assert.equal(parseKeyBatch(body, 3).entryKeys.length, 3);
  assert.throws(() => parseKeyBatch(body, 2), { code: 'too_large', message: /up to 2 keys/ });
});

function taken(parse: () => unknown): boolean {
  try {
    parse();
    return true;
  } catch (error) {
    assert.ok(error instanceof CacheError, String(error));
    return false;
  }
}
