import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCcachePath } from '../ccache/wire.ts';
import { parseGenericPath } from '../generic/wire.ts';
import { parseGradlePath } from '../gradle/wire.ts';
import { parseMavenPath } from '../maven/wire.ts';
import { parseNxPath } from '../nx/wire.ts';
import { parseRushPath } from '../rush/wire.ts';
import { parseTurborepoPath } from '../turborepo/wire.ts';
import { parseWebdavPath } from '../webdav/wire.ts';
import { parseToolPath } from './tool-path.ts';

const hex = '0123456789abcdef'.repeat(4);
const parsers = {
  ccache: parseCcachePath,
  generic: parseGenericPath,
  gradle: parseGradlePath,
  maven: parseMavenPath,
  nx: parseNxPath,
  rush: parseRushPath,
  turborepo: parseTurborepoPath,
  webdav: parseWebdavPath,
};

const entries: readonly [keyof typeof parsers, string, Record<string, string>][] = [
  ['ccache', `/ccache/${hex.slice(0, 40)}`, { team: '', key: hex.slice(0, 40) }],
  ['ccache', `/ccache/01/${hex.slice(2, 40)}`, { team: '', key: hex.slice(0, 40) }],
  [
    'ccache',
    '/ccache/38/597binbp0tpjb8jv1643nik7sputtc0',
    { team: '', key: '38597binbp0tpjb8jv1643nik7sputtc0' },
  ],
  ['ccache', `/ccache/ac/${hex}`, { team: '', key: `ac/${hex}` }],
  ['ccache', `/ccache/ab/ac/${hex}`, { team: 'ab', key: `ac/${hex}` }],
  // A team of two letters is not a subdirectory: the rest is a whole key.
  ['ccache', `/ccache/ab/${hex.slice(0, 40)}`, { team: 'ab', key: hex.slice(0, 40) }],
  ['generic', '/blobs/space/a/b', { team: 'space', key: 'a/b' }],
  ['gradle', `/gradle/${hex.slice(0, 32)}`, { team: '', key: hex.slice(0, 32) }],
  ['gradle', `/cache/${hex.slice(0, 32)}`, { team: '', key: hex.slice(0, 32) }],
  ['gradle', `/gradle/t/${hex.slice(0, 32)}`, { team: 't', key: hex.slice(0, 32) }],
  ['maven', '/maven/v1.1/g/a/c/buildinfo.xml', { key: 'v1.1/g/a/c/buildinfo.xml' }],
  ['nx', '/v1/cache/18446744073709551615', { team: '', key: '18446744073709551615' }],
  ['nx', '/nx/team-1/v1/cache/7', { team: 'team-1', key: '7' }],
  ['rush', '/rush/@s+p/x%20y-%C3%A9', { key: '@s+p/x y-é' }],
  ['rush', '/rush/a%2Fb', { key: 'a/b' }],
  ['turborepo', '/v8/artifacts/abc', { team: '', hash: 'abc' }],
  ['turborepo', '/v8/artifacts/abc?teamId=&slug=acme', { team: 'acme', hash: 'abc' }],
  ['turborepo', '/v8/artifacts/abc?slug=b&teamId=team_a', { team: 'team_a', hash: 'abc' }],
  ['turborepo', '/v8/artifacts/abc?slug=my%20team', { team: 'my team', hash: 'abc' }],
  ['turborepo', '/v8/artifacts/abc?slug=my+team&x', { team: 'my team', hash: 'abc' }],
  ['turborepo', '/v8/artifacts/abc?slug=my%2Bteam', { team: 'my+team', hash: 'abc' }],
  ['turborepo', '/v8/artifacts/abc?slug=%40scope', { team: '@scope', hash: 'abc' }],
  ['turborepo', '/v8/artifacts/abc?teamId=a%2F%2e%2e', { team: 'a/..', hash: 'abc' }],
  ['webdav', '/dav/.sccache_check', { key: '.sccache_check' }],
];

for (const [name, url, expected] of entries) {
  test(`${name} finds an entry in ${url}`, () => {
    assert.deepEqual(parsers[name](url), {
      kind: 'entry',
      ...expected,
      ...(name === 'turborepo' ? { kind: 'artifact' } : {}),
    });
  });
}

const invalid: readonly [keyof typeof parsers, string][] = [
  ['ccache', '/ccache'],
  ['ccache', '/ccache/'],
  ['ccache', `/ccache/${hex.slice(0, 39)}`],
  ['ccache', `/ccache/${hex.slice(0, 40).toUpperCase()}`],
  ['ccache', `/ccache/0/${hex.slice(1, 40)}`],
  ['ccache', `/ccache/a/b/${hex.slice(0, 40)}`],
  ['ccache', `/ccache/cas/${hex}`],
  ['ccache', `/ccache/${hex.slice(0, 40)}?x`],
  ['generic', '/blobs/space'],
  ['generic', '/blobs/space/'],
  ['generic', '/blobs/sp ace/key'],
  ['generic', '/blobs/-space/key'],
  ['gradle', '/gradle/xyz'],
  ['gradle', `/cache/t/u/${hex}`],
  ['nx', '/v1/cache/'],
  ['nx', '/v1/cache/a/b'],
  ['nx', '/v1/cache/a?b'],
  ['nx', `/v1/cache/${'1'.repeat(65)}`],
  ['nx', '/nx/v1/cache/1/'],
  ['nx', '/nx/%2e/v1/cache/1'],
  ['turborepo', '/v8/artifacts/a.b'],
  ['turborepo', '/v8/artifacts/a?teamId=a%00b'],
  ['turborepo', '/v8/artifacts/a?teamId=a%0Ab'],
  ['turborepo', '/v8/artifacts/a?slug=%FF'],
  ['turborepo', '/v8/artifacts/a?slug=%zz'],
  ['turborepo', '/v8/artifacts/a?sl%ug=a'],
  ['turborepo', `/v8/artifacts/a?slug=${'t'.repeat(201)}`],
  ['turborepo', `/v8/artifacts/a?slug=${'%C3%A9'.repeat(101)}`],
  // What other clients append to an address that is another tool's.
  ['gradle', `/gradle/cas/${hex}`],
  ['generic', `/blobs/space/cas/${hex}`],
  ['generic', `/blobs/ac/${hex.toUpperCase()}`],
  ['rush', `/rush/%63as/${hex}`],
  ['rush', `/rush/cas%2F${hex}`],
  ['webdav', '/dav/v1/cache/7'],
  ['maven', '/maven/v8/artifacts/abc'],
  ['generic', '/blobs/api/v1/purge'],
  ['turborepo', '/v8/projects'],
  ['rush', '/rush/a/../b'],
  ['rush', '/rush/a%2F..%2Fb'],
  ['webdav', '/dav/a//b'],
  ['maven', '/maven/a\u0080'],
];

for (const [name, url] of invalid) {
  test(`${name} refuses ${url.slice(0, 60)}`, () => {
    assert.equal(parsers[name](url).kind, 'invalid');
  });
}

test('each protocol leaves the others’ paths alone', () => {
  const paths = [
    '/',
    '/healthz',
    `/ac/${hex}`,
    `/cachex/${hex}`,
    '/mavens/x',
    '/v10/x',
    '/davx',
    '/nxx/x',
  ];
  for (const path of paths) {
    for (const parse of Object.values(parsers)) assert.equal(parse(path).kind, 'other', path);
  }
});

test('a path over the limit is refused', () => {
  assert.equal(parseToolPath(`/rush/${'a'.repeat(512)}`, '/rush').kind, 'path');
  assert.equal(parseToolPath(`/rush/${'a'.repeat(513)}`, '/rush').kind, 'invalid');
  assert.equal(parseToolPath(`/rush/${'%C3%A9'.repeat(257)}`, '/rush').kind, 'invalid');
});
