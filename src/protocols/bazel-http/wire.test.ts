import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { reservedMounts } from '../reserved-mounts.ts';
import { instanceNameBytesMax } from '../shared/namespaces.ts';
import { type BazelPath, bazelPath, parseBazelPath as parse } from './wire.ts';

const hash = 'ab'.repeat(32);

function parseBazelPath(url: string): BazelPath {
  return parse(url, reservedMounts);
}

const entries = [
  { url: `/ac/${hash}`, space: 'ac', namespace: '' },
  { url: `/cas/${hash}`, space: 'cas', namespace: '' },
  { url: `//ac/${hash}`, space: 'ac', namespace: '' },
  { url: `/team/ac/${hash}`, space: 'ac', namespace: 'team' },
  { url: `/team/linux-x64/cas/${hash}`, space: 'cas', namespace: 'team/linux-x64' },
  { url: `/ac/ac/${hash}`, space: 'ac', namespace: 'ac' },
  { url: `/cas/ac/${hash}`, space: 'ac', namespace: 'cas' },
  { url: `/a%20b/ac/${hash}`, space: 'ac', namespace: 'a b' },
  { url: `/%C3%A9t%C3%A9/ac/${hash}`, space: 'ac', namespace: 'été' },
  { url: `/v1.2/ac/${hash}`, space: 'ac', namespace: 'v1.2' },
  { url: `/a...b/ac/${hash}`, space: 'ac', namespace: 'a...b' },
  {
    url: `/${'n'.repeat(instanceNameBytesMax)}/ac/${hash}`,
    space: 'ac',
    namespace: 'n'.repeat(200),
  },
] as const;

describe('a path that names an entry', () => {
  for (const { url, space, namespace } of entries) {
    test(url.replace(hash, '<hash>').slice(0, 60), () =>
      assert.deepEqual(parseBazelPath(url), { kind: 'entry', space, namespace, hash }),
    );
  }
});

const invalid = [
  `/ac/${hash.toUpperCase()}`,
  `/ac/${hash.slice(1)}`,
  `/ac/${hash}0`,
  `/ac/${hash}?x=1`,
  `/ac/${hash.slice(1)}g`,
  `/ac/`,
  `/ac/../cas/${hash}`,
  `/../ac/${hash}`,
  `/./ac/${hash}`,
  `/%2e%2e/ac/${hash}`,
  `/%2E/ac/${hash}`,
  `/a%2fb/ac/${hash}`,
  `/a%5cb/ac/${hash}`,
  `/a\\b/ac/${hash}`,
  `/a%00b/ac/${hash}`,
  `/a%0ab/ac/${hash}`,
  `/a%7fb/ac/${hash}`,
  `/%/ac/${hash}`,
  `/%zz/ac/${hash}`,
  `/%ff/ac/${hash}`,
  `/a//b/ac/${hash}`,
  `///ac/${hash}`,
  `/a?b/ac/${hash}`,
  `/a#b/ac/${hash}`,
  `/nx:team/ac/${hash}`,
  `/${'n'.repeat(instanceNameBytesMax + 1)}/ac/${hash}`,
  `/${'%C3%A9'.repeat(101)}/ac/${hash}`,
];

describe('a path that is of this protocol and wrong', () => {
  for (const url of invalid) {
    test(url.replace(hash, '<hash>').slice(0, 60), () =>
      assert.equal(parseBazelPath(url).kind, 'invalid'),
    );
  }
});

const others = [
  '/',
  '/healthz',
  `/${hash}`,
  `/%61c/${hash}`,
  '/status',
  `/v8/ac/${hash}`,
  `/accas/${hash}`,
];

describe('a path that is none of this protocol', () => {
  for (const url of others) {
    test(url.slice(0, 40), () => assert.equal(parseBazelPath(url).kind, 'other'));
  }
});

test('a path made for an entry is read back', () => {
  for (const namespace of ['', 'team', 'a b/été', '50%', 'a?b#c']) {
    const read = parseBazelPath(bazelPath('ac', namespace, hash));
    assert.equal(read.kind, 'entry');
    assert.equal(read.kind === 'entry' && read.namespace, namespace);
  }
});

test('a slash at the end changes nothing', () => {
  for (const path of [`/ac/${hash}`, `/team/x/cas/${hash}`]) {
    assert.deepEqual(parseBazelPath(`${path}/`), parseBazelPath(path));
  }
});
