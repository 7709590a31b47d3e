import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type RunningServer, startServer } from '../../src/testing/start-server.ts';
import { hashOf, until, workersOf } from './serve-client.ts';

const pageBytes = 4096;
const bodies = Array.from({ length: 40 }, (_, n) => randomBytes([60, 900, 9_000, 70_000][n % 4]!));

async function put(url: string, body: Buffer): Promise<number> {
  const response = await fetch(`${url}/cas/${hashOf(body)}`, { method: 'PUT', body });
  await response.arrayBuffer();
  return response.status;
}

/** Stores all bodies; waits where the server is about to begin anew. */
async function fill({ url }: RunningServer): Promise<void> {
  for (const body of bodies) {
    await until(
      () => put(url, body),
      (status) => status === 200,
    );
  }
}

/** Reads all bodies. @returns how many were hits; the others are misses, or came while workers changed. */
async function hits({ url }: RunningServer): Promise<number> {
  let count = 0;
  for (const body of bodies) {
    const response = await fetch(`${url}/cas/${hashOf(body)}`).catch(() => undefined);
    if (response === undefined) continue;
    const bytes = await response.arrayBuffer().catch(() => undefined);
    assert.ok([200, 404, 503].includes(response.status), `${response.status}`);
    if (response.status !== 200 || bytes === undefined) continue;
    assert.equal(hashOf(new Uint8Array(bytes)), hashOf(body));
    count += 1;
  }
  return count;
}

async function zeroPages(
  server: RunningServer,
  isChosen: (page: number) => boolean,
): Promise<void> {
  const path = join(server.dir, 'index', 'data.mdb');
  const pages = readFileSync(path).byteLength / pageBytes;
  const file = await open(path, 'r+');
  for (let page = 0; page < pages; page += 1) {
    if (isChosen(page)) await file.write(Buffer.alloc(pageBytes), 0, pageBytes, page * pageBytes);
  }
  await file.close();
}

/** Reads until the index was replaced, then sees that the server is as good as new. */
async function assertRecovers(server: RunningServer, what: string): Promise<void> {
  await until(
    async () => {
      await hits(server);
      return server.stderr();
    },
    (text) => /starting empty/.test(text),
    60_000,
  );
  await fill(server);
  assert.equal(await hits(server), bodies.length, what);
  assert.equal((await fetch(`${server.url}/readyz`)).status, 200);
  assert.equal(server.child.exitCode, null);
}

async function startFilled(t: TestContext): Promise<RunningServer> {
  const env = { MEMOBUILD_RESTART_DELAY: '100ms' };
  const server = await startServer(t, { args: ['--workers', '1'], env });
  await fill(server);
  return server;
}

test('pages of the index that are zeroed under a running server are misses, then it begins anew', async (t) => {
  const server = await startFilled(t);
  await zeroPages(server, (page) => page >= 2 && page % 3 === 0);
  await assertRecovers(server, 'every third page');
});

test('an index cut short under a running server crashes workers, and is replaced', async (t) => {
  const server = await startFilled(t);
  truncateSync(join(server.dir, 'index', 'data.mdb'), 2 * pageBytes);
  await assertRecovers(server, 'cut short');
});

test('a server starts on an index that cannot be opened or read, and says why it is empty', async (t) => {
  const first = await startFilled(t);
  await first.stop();
  const path = join(first.dir, 'index', 'data.mdb');
  const whole = readFileSync(path);
  const damages: readonly (readonly [string, (index: Buffer) => void])[] = [
    ['the first header', (index) => index.fill(0, 0, pageBytes)],
    ['the second header', (index) => index.fill(0, pageBytes, 2 * pageBytes)],
    ['both headers', (index) => randomBytes(2 * pageBytes).copy(index)],
    ['every page but the headers', (index) => index.fill(0, 2 * pageBytes)],
  ];
  for (const [what, damage] of damages) {
    const damaged = Buffer.from(whole);
    damage(damaged);
    writeFileSync(path, damaged);
    const server = await startServer(t, { dir: first.dir, args: ['--workers', '1'] });
    // Each is a miss or right.
    await hits(server);
    await fill(server);
    assert.equal(await hits(server), bodies.length, what);
    assert.match(server.stderr(), /index.*starting empty/, what);
    const ready = await fetch(`${server.url}/readyz`);
    assert.deepEqual([ready.status, await ready.text()], [200, 'ready\n'], what);
    await server.stop();
  }
});

const prlimit = spawnSync('prlimit', ['--version']).status === 0;

test('a server that cannot write is not ready until it can again, and goes on answering reads', {
  skip: prlimit ? false : 'prlimit(1) is not here',
}, async (t) => {
  const server = await startFilled(t);
  const [pid] = await workersOf(server.url);
  const limitFiles = (bytes: string): void =>
    void execFileSync('prlimit', ['--pid', String(pid), `--fsize=${bytes}:`]);
  const readiness = async (): Promise<number> => (await fetch(`${server.url}/readyz`)).status;
  limitFiles('4096');
  assert.equal(await put(server.url, randomBytes(500)), 503);
  assert.equal(await readiness(), 503);
  assert.match(await (await fetch(`${server.url}/readyz`)).text(), /cannot be written/);
  assert.equal(await hits(server), bodies.length);
  limitFiles('unlimited');
  await until(readiness, (status) => status === 200);
  assert.equal(await put(server.url, randomBytes(500)), 200);
  assert.deepEqual(await workersOf(server.url), [pid]);
});
