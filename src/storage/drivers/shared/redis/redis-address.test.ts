import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseRedisAddress, showRedisAddress } from './redis-address.ts';

describe('an address of Redis', () => {
  const server = {
    kind: 'server',
    masterName: '',
    isTls: false,
    username: undefined,
    database: 0,
  };
  const cases: readonly [string, object][] = [
    ['redis://cache', { ...server, nodes: [{ host: 'cache', port: 6379 }] }],
    ['redis://cache:7000/', { ...server, nodes: [{ host: 'cache', port: 7000 }] }],
    ['redis://[::1]:7000/3', { ...server, nodes: [{ host: '::1', port: 7000 }], database: 3 }],
    [
      'rediss://build%40ci@cache',
      { ...server, isTls: true, username: 'build@ci', nodes: [{ host: 'cache', port: 6379 }] },
    ],
    [
      'redis+sentinel://a,b:1/main/2',
      {
        ...server,
        kind: 'sentinel',
        masterName: 'main',
        database: 2,
        nodes: [
          { host: 'a', port: 26_379 },
          { host: 'b', port: 1 },
        ],
      },
    ],
  ];
  for (const [text, expected] of cases) {
    test(text, () => assert.deepEqual(parseRedisAddress(text), expected));
  }

  const refused = [
    '',
    'cache:6379',
    'http://cache',
    'redis://',
    'redis://user:secret@cache',
    'redis://:secret@cache',
    'redis://a,b',
    'redis://cache:99999',
    'redis://cache/x',
    'redis://cache/0/1',
    'redis+sentinel://a',
    'redis+sentinel://a/',
    'redis+sentinel://a,,b/main',
    'redis://%E0%A4%A@cache',
  ];
  for (const text of refused) {
    test(`${JSON.stringify(text)} is none`, () => {
      assert.equal(parseRedisAddress(text), undefined);
    });
  }

  test('is shown without its user', () => {
    const shown = ['rediss://me@[::1]:7', 'redis+sentinel://a,b:1/main'].map((text) =>
      showRedisAddress(parseRedisAddress(text)!),
    );
    assert.deepEqual(shown, ['[::1]:7', 'main of the Sentinels at a:26379,b:1']);
  });
});
