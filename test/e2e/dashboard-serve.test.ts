import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { freePort } from '../../src/testing/free-port.ts';
import { runMemobuild } from '../../src/testing/run-memobuild.ts';
import { startServer } from '../../src/testing/start-server.ts';
import { tempDir } from '../../src/testing/temp-dir.ts';
import { noBrowser, openPage } from './browser.ts';
import { freshKey } from './serve-client.ts';

const skip = noBrowser;

test('a server is watched while builds use it, over a reload and a restart', {
  skip,
}, async (t) => {
  const dir = await tempDir(t);
  const tokens = join(dir, 'tokens');
  await writeFile(tokens, 'bearer very-secret write\n');
  const ui = String(await freePort());
  const start = () =>
    startServer(t, { dir: join(dir, 'store'), args: ['--tokens', tokens, '--ui', ui] });
  const server = await start();
  const key = freshKey();
  const ask = async (url: string, method: string) => {
    const authorization = 'Bearer very-secret';
    const body = method === 'PUT' ? { body: 'x' } : {};
    const path = `${url}/ac/${method === 'GET' ? freshKey() : key}`;
    await (await fetch(path, { method, headers: { authorization }, ...body })).text();
  };
  const { page, complaints } = await openPage(t, `http://127.0.0.1:${ui}/`);
  await page.locator('#health', { hasText: /^ready/ }).waitFor();
  await ask(server.url, 'PUT');
  for (let n = 0; n < 3; n += 1) await ask(server.url, 'HEAD');
  await ask(server.url, 'GET');
  const tile = (name: string) => page.locator('.tile', { hasText: name }).locator('.value');
  await tile('action cache hits').filter({ hasText: '75 %' }).waitFor();
  await tile('entries').filter({ hasText: /^1$/ }).waitFor();
  await page.locator('#namespaces tbody tr', { hasText: '75 %' }).waitFor();

  await page.reload();
  await tile('action cache hits').filter({ hasText: '75 %' }).waitFor();
  const shown = await page.content();
  assert.ok(!shown.includes(key) && !shown.includes('very-secret'));

  await server.stop();
  assert.equal(server.child.exitCode, 0, 'an open page does not hold the server');
  await page.locator('#status[data-state=disconnected]').waitFor();
  await page.locator('#health', { hasText: 'unknown' }).waitFor();
  const again = await start();
  await page.locator('#status[data-state=live]').waitFor();
  await page.locator('#health', { hasText: /^ready/ }).waitFor();
  await ask(again.url, 'HEAD');
  await tile('action cache hits').filter({ hasText: '100 %' }).waitFor();
  const unexpected = complaints.filter((text) => !/ERR_CONNECTION_REFUSED/.test(text));
  assert.deepEqual(unexpected, []);
});

test('the page is on the loopback only, whatever the server listens on', async (t) => {
  const args = ['--host', '0.0.0.0', '--insecure-no-auth', '--ui', '0'];
  const server = await startServer(t, { args });
  const found = await server.stdout.first(/^Dashboard: (http:\/\/127\.0\.0\.1:\d+\/)$/);
  const url = found[1]!;
  assert.equal((await fetch(url)).status, 200);
  // Another address of this machine, which the server itself answers on.
  await assert.rejects(fetch(url.replace('127.0.0.1', '127.0.0.2')), /fetch failed/);
  const healthz = `http://127.0.0.2:${server.port}/healthz`;
  assert.equal((await fetch(healthz)).status, 200);
});

test('a port that is taken ends the start with 3, and leaves nothing behind', async (t) => {
  const other = createServer().listen(0, '127.0.0.1');
  t.after(() => other.close());
  await new Promise((resolve) => other.once('listening', resolve));
  const { port } = other.address() as AddressInfo;
  const cwd = await tempDir(t);
  const args = ['serve', '--port', '0', '--ui', String(port)];
  const run = await runMemobuild(args, { deadlineMs: 20_000, cwd });
  assert.equal(run.exitCode, 3, run.stderr);
  assert.match(run.stderr, new RegExp(`port ${port}: the port is in use`));
  assert.deepEqual(run.leftProcesses, []);
  // The other way round: the page's server does not hold a start that failed.
  const taken = ['serve', '--port', String(port), '--ui', '0'];
  const second = await runMemobuild(taken, { deadlineMs: 20_000, cwd });
  assert.equal(second.exitCode, 3, second.stderr);
  assert.equal(second.timedOut, false);
});
