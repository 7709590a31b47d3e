import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError, loadConfig } from './load.ts';
import { isLoopback } from './loopback.ts';
import { placesOf } from './places.ts';

async function placesWith(flags: Readonly<Record<string, string>>): Promise<unknown> {
  const { config } = await loadConfig({ env: {}, flags });
  return placesOf(config.listen);
}

test('a listener is at an address, in either form of IPv6, or at a socket', async () => {
  assert.deepEqual(await placesWith({}), [{ host: '127.0.0.1', port: 8080 }]);
  for (const host of ['::1', '[::1]']) {
    assert.deepEqual(await placesWith({ host, grpcPort: '0' }), [
      { host: '::1', port: 8080 },
      { host: '::1', port: 0 },
    ]);
  }
  for (const host of ['unix:/run/m.sock', 'unix:///run/m.sock']) {
    assert.deepEqual(await placesWith({ host }), [{ path: '/run/m.sock' }]);
  }
  assert.deepEqual(await placesWith({ host: 'unix:/a', redisPort: '7', grpcHost: 'unix:/b' }), [
    { path: '/a' },
    { path: '/b' },
    { host: '127.0.0.1', port: 7 },
  ]);
});

test('a place that is invalid, or that others reach without a credential, is refused', async () => {
  for (const [flags, problem] of [
    [{ host: 'unix:' }, /^--host must be /],
    [{ host: `unix:/${'x'.repeat(200)}` }, /^--host must be /],
    [{ host: '[nonsense]' }, /^--host must be /],
    [{ redisHost: '127.0.0.1' }, /^--redis-host requires --redis-port/],
    [{ grpcHost: '0.0.0.0', grpcPort: '0' }, /^--grpc-host 0\.0\.0\.0 can be reached from other/],
    [{ host: '::' }, /^--host :: can be reached from other/],
  ] as const) {
    await assert.rejects(placesWith(flags), (error) => {
      assert.ok(error instanceof ConfigError);
      assert.match(error.problems.join('\n'), problem);
      return true;
    });
  }
});

test('the loopback is recognised in all its forms', () => {
  for (const host of [
    '127.0.0.1',
    '127.9.9.9',
    'localhost',
    '::1',
    '0:0:0:0:0:0:0:1',
    '::ffff:127.0.0.1',
    'unix:/x',
  ]) {
    assert.ok(isLoopback(host), host);
  }
  for (const host of [
    '0.0.0.0',
    '::',
    '10.0.0.1',
    '::ffff:10.0.0.1',
    'fe80::1',
    'example.org',
    '127.example.org',
  ]) {
    assert.ok(!isLoopback(host), host);
  }
});
