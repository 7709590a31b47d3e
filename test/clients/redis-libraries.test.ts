import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { tempDir } from '../../src/testing/temp-dir.ts';
import { missingPackage, missingProgram } from './build-tool.ts';
import { type CacheServer, startCacheServer } from './cache-server.ts';
import { runCommand } from './run-command.ts';

/** A client library in one of the ways in which it opens a connection. */
interface Library {
  readonly name: string;
  missing(): string | undefined;
  /** The command of a program that prints what {@link expected} lists, as JSON. */
  command(url: string): readonly string[];
}

const programs = join(import.meta.dirname, 'redis-programs');
/** Debian's own: another one that comes first in PATH has not Debian's packages. */
const python = '/usr/bin/python3';

const libraries: readonly Library[] = [
  ...['2', '3'].map((version) => ({
    name: `node-redis, RESP${version}`,
    missing: () => missingPackage('redis'),
    command: (url: string) => [process.execPath, join(programs, 'node-redis.mjs'), url, version],
  })),
  {
    name: 'ioredis',
    missing: () => missingPackage('ioredis'),
    command: (url) => [process.execPath, join(programs, 'ioredis.mjs'), url],
  },
  {
    name: 'redis-py',
    missing: () =>
      existsSync('/usr/lib/python3/dist-packages/redis')
        ? undefined
        : 'redis-py is not installed: apt-get install python3-redis',
    command: (url) => [python, join(programs, 'redis-py.py'), url],
  },
];

const expected = {
  ping: 'PONG',
  set: 'OK',
  get: '00ff0d0a',
  absent: null,
  setnx: [1, 0],
  lock: ['OK', null],
  setex: 'OK',
  getrange: '234',
  strlen: 10,
  ttl: [-1, -2],
  expire: 0,
  large: ['OK', true],
  exists: 2,
  name: 'app',
  del: 5,
};

for (const library of libraries) {
  const skip = library.missing();
  const options = skip === undefined ? {} : { skip };
  test(
    `${library.name}: opens a connection, and its commands mean what they say`,
    options,
    async (t) => {
      const server = await startCacheServer(t);
      assert.deepEqual(await run(library, server.address.redisUrl!), expected);
    },
  );

  test(`${library.name}: signs in with a token`, options, async (t) => {
    const { server, token } = await startWithToken(t);
    const url = server.address.redisUrl!.replace('//', `//:${token}@`);
    assert.deepEqual(await run(library, url), expected);
  });
}

const cli = missingProgram('redis-cli', 'redis-tools');

test('redis-cli: speaks RESP2 and RESP3', cli === undefined ? {} : { skip: cli }, async (t) => {
  const { server, token } = await startWithToken(t);
  const port = new URL(server.address.redisUrl!).port;
  const say = async (...words: readonly string[]): Promise<string> => {
    const args = ['-p', port, '--no-auth-warning', '-a', token, ...words];
    const result = await runCommand('redis-cli', args, { cwd: programs });
    assert.equal(result.exitCode, 0, result.output);
    return result.output.trim();
  };
  for (const version of ['-2', '-3']) {
    assert.equal(await say(version, 'SET', 'k', 'v', 'EX', '60'), 'OK');
    assert.equal(await say(version, 'GET', 'k'), 'v');
    assert.equal(await say(version, 'GET', 'absent'), '');
    assert.match(await say(version, 'INFO'), /server_name:memobuild/);
  }
});

async function startWithToken(
  t: TestContext,
): Promise<{ readonly server: CacheServer; readonly token: string }> {
  const token = 'known-token-0123456789';
  const file = join(await tempDir(t), 'tokens');
  await writeFile(file, `bearer ${token} write\n`, { mode: 0o600 });
  return { server: await startCacheServer(t, { args: ['--tokens', file], token }), token };
}

async function run(library: Library, url: string): Promise<unknown> {
  const [file = '', ...args] = library.command(url);
  const result = await runCommand(file, args, { cwd: programs, deadlineMs: 60_000 });
  assert.equal(result.exitCode, 0, result.output);
  return JSON.parse(result.output);
}
