import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { runMemobuild } from '../../src/testing/run-memobuild.ts';
import { startMemobuild } from '../../src/testing/start-memobuild.ts';
import { startServer } from '../../src/testing/start-server.ts';
import { tempDir } from '../../src/testing/temp-dir.ts';

const deadline = { deadlineMs: 30_000 };

test('it says one line on stdout, and that line only', async (t) => {
  const dir = await tempDir(t);
  const server = await startServer(t, { dir });
  assert.match(server.url, /^http:\/\/127\.0\.0\.1:\d+$/);
  await fetch(`${server.url}/healthz`);
  await server.stop();
  assert.equal(server.stdout.text(), `memobuild listening on ${server.url}\n`);
  assert.equal(server.child.exitCode, 0);
  for (const line of server.stderr().trim().split('\n')) {
    assert.doesNotThrow(() => JSON.parse(line), line);
  }
});

describe('wrong usage ends with 2 and says what is taken', () => {
  const cases = [
    { args: ['--prot', '1'], says: /unknown option '--prot'[\s\S]*--port/ },
    {
      args: ['--port', '70000'],
      says: /--port must be a whole number from 0 to 65535, got "70000"/,
    },
    { args: ['--max-size', 'huge'], says: /--max-size must be a size such as 10GiB/ },
    { args: ['--host', '0.0.0.0'], says: /--tokens FILE, or --insecure-no-auth/ },
    { args: ['--config', '/does/not/exist.yaml'], says: /\/does\/not\/exist\.yaml/ },
    { args: ['--tokens', '/does/not/exist'], says: /--tokens \/does\/not\/exist: ENOENT/ },
    { args: ['--port', '-1', '--workers', 'x'], says: /2 problems[\s\S]*--port[\s\S]*--workers/ },
    { args: ['extra'], says: /too many arguments/ },
  ];
  for (const { args, says } of cases) {
    test(args.join(' '), async () => {
      const run = await runMemobuild(['serve', ...args], deadline);
      assert.equal(run.exitCode, 2, run.stderr);
      assert.match(run.stderr, says);
      assert.equal(run.stdout, '');
    });
  }
});

describe('what cannot be had ends with 3 and says why', () => {
  test('a port taken', async (t) => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    t.after(() => other.close());
    const { port } = other.address() as AddressInfo;
    const dir = await tempDir(t);
    const args = ['serve', '--port', String(port), '--dir', dir];
    const run = await runMemobuild(args, deadline);
    assert.equal(run.exitCode, 3, run.stderr);
    assert.match(run.stderr, new RegExp(`--port ${port} is in use`));
    assert.deepEqual(run.leftProcesses, []);
    // Nothing stays locked behind it.
    await startServer(t, { dir });
  });

  test('a directory in use', async (t) => {
    const server = await startServer(t);
    const args = ['serve', '--port', '0', '--dir', server.dir];
    const run = await runMemobuild(args, deadline);
    assert.equal(run.exitCode, 3, run.stderr);
    assert.match(run.stderr, new RegExp(`in use by another server, process ${server.child.pid}`));
    assert.equal((await fetch(`${server.url}/readyz`)).status, 200, 'the first one keeps serving');
  });

  test('a directory of a newer version', async (t) => {
    const dir = await tempDir(t);
    await writeFile(join(dir, 'FORMAT'), 'memobuild-store 999\n');
    const run = await runMemobuild(['serve', '--port', '0', '--dir', dir], deadline);
    assert.equal(run.exitCode, 3, run.stderr);
    assert.match(run.stderr, /format 999, written by a newer MemoBuild/);
    assert.deepEqual(run.leftProcesses, []);
  });

  test('a directory that is a file', async (t) => {
    const file = join(await tempDir(t), 'file');
    await writeFile(file, '');
    const run = await runMemobuild(['serve', '--port', '0', '--dir', file], deadline);
    assert.equal(run.exitCode, 3, run.stderr);
    assert.ok(run.stderr.includes(file), run.stderr);
  });

  test('a directory that may not be written', { skip: process.getuid?.() === 0 }, async (t) => {
    const dir = join(await tempDir(t), 'sealed');
    await mkdir(dir);
    await chmod(dir, 0o500);
    const run = await runMemobuild(['serve', '--port', '0', '--dir', dir], deadline);
    assert.equal(run.exitCode, 3, run.stderr);
  });

  test('an address that is not this machine’s', async (t) => {
    const dir = await tempDir(t);
    const args = ['serve', '--host', '192.0.2.1', '--insecure-no-auth', '--port', '0'];
    const run = await runMemobuild([...args, '--dir', dir], deadline);
    assert.equal(run.exitCode, 3, run.stderr);
    assert.match(run.stderr, /EADDRNOTAVAIL/);
  });
});

test('a signal that comes before it listens ends it all the same', async (t) => {
  const dir = await tempDir(t);
  for (const waitMs of [150, 300, 450, 600]) {
    const server = startMemobuild(t, ['serve', '--port', '0', '--dir', dir]);
    await delay(waitMs);
    server.child.kill('SIGTERM');
    const how = await server.ended();
    // Before its own handlers are installed, the signal ends it like any other program.
    assert.ok(how === 0 || how === 'SIGTERM', `${how}`);
  }
  await startServer(t, { dir });
});

test('--print-config shows every setting with its source and starts nothing', async () => {
  const args = ['serve', '--print-config', '--port', '7'];
  const env = { MEMOBUILD_MAX_SIZE: '3GiB' };
  const run = await runMemobuild(args, { ...deadline, env });
  assert.equal(run.exitCode, 0);
  assert.match(run.stdout, /^ {2}port: 7 +# --port$/m);
  assert.match(run.stdout, /^ {2}maxSize: 3GiB +# MEMOBUILD_MAX_SIZE$/m);
  assert.match(run.stdout, /^ {2}keepAliveTimeout: 75s +# default$/m);
});

test('serve --help names the flags', async () => {
  const run = await runMemobuild(['serve', '--help'], deadline);
  assert.equal(run.exitCode, 0);
  for (const flag of ['--port', '--tokens', '--drain-window', '--print-config', '--read-only']) {
    assert.ok(run.stdout.includes(flag), flag);
  }
});

test('--access-log writes a line for each request, without credentials', async (t) => {
  const server = await startServer(t, { args: ['--access-log'] });
  const headers = { authorization: 'Bearer very-secret' };
  await (await fetch(`${server.url}/ac/${'0'.repeat(64)}`, { headers })).text();
  await (await fetch(`${server.url}/readyz`, { headers })).text();
  await server.stop();
  const lines = server
    .stderr()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter((line) => line.log === 'access');
  // Two workers may have answered, and each writes its own batch.
  const logged = lines.map(({ method, url, status, complete }) => ({
    method,
    url,
    status,
    complete,
  }));
  assert.deepEqual(
    logged.sort((a, b) => String(a.url).localeCompare(String(b.url))),
    [
      { method: 'GET', url: `/ac/${'0'.repeat(64)}`, status: 404, complete: true },
      { method: 'GET', url: '/readyz', status: 200, complete: true },
    ],
  );
  assert.doesNotMatch(server.stderr(), /very-secret/);
});
