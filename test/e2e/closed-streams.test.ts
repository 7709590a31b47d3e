import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import test from 'node:test';
import { writeResultFile } from '../../src/loadtest/internal.ts';
import { boundEnvironment } from '../../src/testing/bound-environment.ts';
import { buildRunResult } from '../../src/testing/build-run-result.ts';
import { freePort } from '../../src/testing/free-port.ts';
import { programPath } from '../../src/testing/program.ts';
import { runMemobuild } from '../../src/testing/run-memobuild.ts';
import { tempDir } from '../../src/testing/temp-dir.ts';

const hasFull = existsSync('/dev/full');

/** How stdout and stderr are lost. */
const losses = ['closed pipes', ...(hasFull ? ['a full disk'] : [])] as const;

/** Starts the program with both streams lost from the start. */
function startUnheard(
  loss: (typeof losses)[number],
  args: readonly string[],
  cwd: string,
): { readonly child: ChildProcess; readonly ended: Promise<number | null> } {
  const full = loss === 'a full disk' ? openSync('/dev/full', 'w') : undefined;
  const to = full ?? ('pipe' as const);
  const child = spawn(process.execPath, [programPath, ...args], {
    cwd,
    stdio: ['ignore', to, to],
    env: boundEnvironment(),
  });
  child.stdout?.destroy();
  child.stderr?.destroy();
  if (full !== undefined) closeSync(full);
  const deadline = setTimeout(() => child.kill('SIGKILL'), 120_000);
  const ended = once(child, 'exit').then(([code]) => {
    clearTimeout(deadline);
    return code as number | null;
  });
  return { child, ended };
}

for (const loss of losses) {
  test(`${loss} behind stdout and stderr change neither the exit code nor the files`, async (t) => {
    const dir = await tempDir(t);
    await writeFile(join(dir, 'strict.yaml'), 'throughput_ops_per_sec: { pass: 1e9, fail: 1e8 }\n');
    await writeResultFile(join(dir, 'base.json'), buildRunResult({ seed: 1 }));
    await writeResultFile(join(dir, 'slow.json'), buildRunResult({ seed: 3, slowness: 2.5 }));
    const load = '--clients 2 --requests 20 --size 1KiB --working-set 10 --criteria strict.yaml';
    const cases: readonly (readonly [string, number, readonly string[]])[] = [
      [
        `loadtest ${load} --output run.json --junit run.xml --markdown run.md`,
        1,
        ['run.json', 'run.xml', 'run.md'],
      ],
      ['compare base.json slow.json --junit cmp.xml', 1, ['cmp.xml']],
      ['plot base.json --output base.html', 0, ['base.html']],
      ['loadtest --help', 0, []],
      ['loadtest --clients 0', 2, []],
      ['purge --url http://127.0.0.1:1 --older-than 1d', 3, []],
    ];
    for (const [command, code, files] of cases) {
      const { ended } = startUnheard(loss, command.split(' '), dir);
      assert.equal(await ended, code, command);
      for (const file of files) assert.ok((await stat(join(dir, file))).size > 100, file);
    }
    assert.equal(JSON.parse(await readFile(join(dir, 'run.json'), 'utf8')).verdict.verdict, 'FAIL');
  });

  test(`a server goes on with ${loss} behind stdout and stderr`, async (t) => {
    const dir = await tempDir(t);
    const port = await freePort();
    const args = ['serve', '--port', `${port}`, '--dir', 'store', '--log-level', 'debug'];
    const { child, ended } = startUnheard(loss, args, dir);
    const url = `http://127.0.0.1:${port}`;
    const isUp = async (): Promise<boolean> =>
      await fetch(`${url}/readyz`).then(
        ({ ok }) => ok,
        () => false,
      );
    while (!(await isUp())) await new Promise((resolve) => setTimeout(resolve, 100));
    for (let key = 0; key < 20; key += 1) {
      const answer = await fetch(`${url}/blobs/test/${key}`, { method: 'PUT', body: 'x' });
      await answer.arrayBuffer();
    }
    assert.ok(await isUp());
    child.kill('SIGTERM');
    assert.equal(await ended, 0);
  });
}

test('no output repeats the password of a URL', async (t) => {
  const dir = await tempDir(t);
  const url = 'http://user:s3cret@127.0.0.1:1';
  for (const args of [
    ['compare', '--interleave', url, url, '--repeat', '1', '--', '--duration', '1'],
    ['compare', url, url],
    ['compare', '--base', url, '--new', url, '--history', url],
    ['compare', '--interleave', url, url, url],
    ['compare', '--repeat', '1', url],
    ['plot', url, '--output', 'x.html'],
    ['plot', 'x.json', '--output', `${url}/x.txt`],
    ['loadtest', '--target', url, '--duration', '1', '--output', 'x.json'],
    ['loadtest', '--target', url, '--scenario', url],
    ['purge', '--url', `ftp${url.slice(4)}`, '--key', 'a'],
    ['purge', '--url', url, '--older-than', '1d'],
    ['gate', '--file', url],
    ['serve', '--config', url],
    [url],
    ['loadtest', '--clients', url],
    ['loadtest', url],
    ['trace', 'stats', '--policy', url],
    ['loadtest', '--target', 'http://127.0.0.1:1', '--otlp', `ftp${url.slice(4)}`],
  ]) {
    const run = await runMemobuild(args, { deadlineMs: 60_000, cwd: dir });
    assert.ok(run.exitCode === 2 || run.exitCode === 3, `${args}\n${run.stderr}`);
    assert.doesNotMatch(run.stdout + run.stderr, /s3cret/, args.join(' '));
  }
});

test('a list of processes does not show the password of a URL', {
  skip: process.platform !== 'linux',
}, async (t) => {
  // Accepts connections and answers nothing, so that the command stays.
  const silent = createServer(() => {}).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  t.after(() => silent.close());
  const { port } = silent.address() as AddressInfo;
  const url = `http://user:s3cret@127.0.0.1:${port}`;
  const child = spawn(process.execPath, [programPath, 'loadtest', '--target', url], {
    stdio: 'ignore',
    env: boundEnvironment(),
  });
  t.after(() => child.kill('SIGKILL'));
  const shown = async (): Promise<string> => await readFile(`/proc/${child.pid}/cmdline`, 'utf8');
  while ((await shown()).includes(programPath)) await new Promise((go) => setTimeout(go, 50));
  const title = await shown();
  assert.match(title, new RegExp(`^memobuild loadtest --target http://127\\.0\\.0\\.1:${port}`));
  assert.doesNotMatch(title, /s3cret/);
});

test('nor do the runs of a comparison, from their start on', {
  skip: process.platform !== 'linux',
}, async (t) => {
  const silent = createServer(() => {}).listen(0, '127.0.0.1');
  const reached = once(silent, 'connection');
  await once(silent, 'listening');
  t.after(() => silent.close());
  const { port } = silent.address() as AddressInfo;
  const url = `http://user:s3cret@127.0.0.1:${port}`;
  const args = ['compare', '--interleave', url, url, '--repeat', '1', '--', '--duration', '1'];
  const child = spawn(process.execPath, [programPath, ...args], {
    stdio: 'ignore',
    env: boundEnvironment(),
  });
  t.after(() => child.kill('SIGINT'));
  let isReached = false;
  void reached.then(() => {
    isReached = true;
  });
  const shown = new Set<string>();
  const { pid } = child;
  while (!isReached) {
    assert.equal(child.exitCode, null, 'the comparison lives');
    const started = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
    for (const one of started.split(' ').filter(Boolean)) {
      shown.add(await readFile(`/proc/${one}/cmdline`, 'utf8').catch(() => ''));
    }
    await new Promise((go) => setTimeout(go, 5));
  }
  assert.ok(
    [...shown].some((command) => command.includes('memobuild')),
    [...shown].join(),
  );
  for (const command of shown) assert.doesNotMatch(command, /s3cret/);
});
