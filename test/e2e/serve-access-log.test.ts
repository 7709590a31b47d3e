import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startServer } from '../../src/testing/start-server.ts';
import { tempDir } from '../../src/testing/temp-dir.ts';
import { freshKey } from './serve-client.ts';

interface Line {
  readonly log?: string;
  readonly msg: string;
  readonly method: string;
  readonly url: string;
  readonly status: number;
  readonly principal: string;
  readonly remote: string;
  readonly complete: boolean;
}

test('each request has its line, with the name of whom it was refused; failed logins are noted', async (t) => {
  const tokens = join(await tempDir(t), 'tokens');
  await writeFile(tokens, 'bearer r-token read robot\nbearer w-token write ci\n', { mode: 0o600 });
  const server = await startServer(t, {
    args: ['--tokens', tokens, '--redis-port', '0', '--workers', '1', '--access-log'],
  });
  const key = freshKey();
  const ask = async (method: string, path: string, token?: string): Promise<number> => {
    const headers = token === undefined ? undefined : { authorization: `Bearer ${token}` };
    const body = method === 'PUT' ? 'x' : null;
    return (await fetch(server.url + path, { method, body, ...(headers && { headers }) })).status;
  };
  assert.equal(await ask('PUT', `/team/ac/${key}`, 'w-token'), 200);
  assert.equal(await ask('GET', `/team/ac/${key}`, 'r-token'), 200);
  assert.equal(await ask('PUT', `/team/ac/${key}`, 'r-token'), 403);
  assert.equal(await ask('PUT', '/dav/k', 'r-token'), 403);
  assert.equal(await ask('GET', `/ac/${key}`), 401);
  for (let attempt = 0; attempt < 3; attempt += 1) {
    assert.equal(await ask('GET', `/ac/${key}`, 'guess'), 401);
  }
  const [, redisUrl] = await server.stdout.first(/(redis:\/\/\S+)/);
  const commands = [
    ['AUTH', 'guess'],
    ['AUTH', 'w-token'],
    ['SET', 'k', 'value'],
    ['GET', 'k'],
    ['QUIT'],
  ];
  const socket = connect(Number(new URL(redisUrl!).port), '127.0.0.1');
  for (const words of commands) {
    socket.write(`*${words.length}\r\n${words.map((w) => `$${w.length}\r\n${w}\r\n`).join('')}`);
  }
  socket.resume();
  await new Promise((resolve) => socket.once('close', resolve));
  const metrics = await fetch(`${server.url}/metrics`, {
    headers: { authorization: 'Bearer r-token' },
  });
  assert.match(await metrics.text(), /^memobuild_logins_failed_total 4$/m);
  const lines = await linesUntil(server.stderr, ({ url }) => url === '/metrics');
  const accessed = lines
    .filter(({ log }) => log === 'access')
    .map(({ method, url, status, principal, complete }) =>
      [method, url, status, principal, complete].join(' '),
    );
  const guessed = `GET /ac/${key} 401  true`;
  assert.deepEqual(accessed.slice(0, -1), [
    `PUT /team/ac/${key} 200 ci true`,
    `GET /team/ac/${key} 200 robot true`,
    `PUT /team/ac/${key} 403 robot true`,
    'PUT /dav/k 403 robot true',
    ...Array<string>(4).fill(guessed),
    'AUTH  500  true',
    'AUTH  200  true',
    'SET k 200 ci true',
    'GET k 200 ci true',
    'QUIT  200  true',
  ]);
  const failed = lines.filter(({ msg }) => msg === 'failed login');
  assert.ok(failed.length > 0 && failed.length < 4, `${failed.length} lines of failed logins`);
  assert.equal(failed[0]!.remote, '127.0.0.1');
  assert.doesNotMatch(server.stderr(), /guess/);
});

/** Access lines are written in batches. */
async function linesUntil(
  stderr: () => string,
  isLast: (line: Line) => boolean,
): Promise<readonly Line[]> {
  for (let waitedMs = 0; waitedMs < 10_000; waitedMs += 50) {
    const text = stderr();
    const lines = text
      .slice(0, text.lastIndexOf('\n'))
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Line);
    if (lines.some(isLast)) return lines;
    await sleep(50);
  }
  throw new Error(`the last line never came:\n${stderr()}`);
}
