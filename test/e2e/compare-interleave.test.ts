import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { repositoryRoot } from '../../src/testing/program.ts';
import type { FinishedRun } from '../../src/testing/run-memobuild.ts';
import { makeSlowCheckout } from '../../src/testing/slow-checkout.ts';
import { startMemobuild } from '../../src/testing/start-memobuild.ts';
import { tempDir } from '../../src/testing/temp-dir.ts';
import { compare } from './run-compare.ts';

/** A quick run: nothing of what these tests look at needs more. */
const quick = ['--', '--clients', '4', '--duration', '1', '--requests', '0'];
const small = [...quick, '--size', '1KiB', '--working-set', '50'];

test('base and new take turns, each way round, and the results are kept', async (t) => {
  const dir = join(await tempDir(t), 'kept');
  const args = ['--interleave', repositoryRoot, repositoryRoot, '--repeat', '2'];
  const finished = await compare([...args, '--output', dir, ...small]);
  assert.deepEqual((await readdir(dir)).sort(), [
    'base-01.json',
    'base-02.json',
    'new-01.json',
    'new-02.json',
  ]);
  assert.deepEqual(finished.stderr.match(/^(base|new) \d/gm), [
    'base 1',
    'new 1',
    'new 2',
    'base 2',
  ]);
  assert.ok(finished.stderr.includes(dir));
  // The kept files are what was compared: comparing them again says the same.
  const again = await compare([
    ...['--base', join(dir, 'base-01.json'), join(dir, 'base-02.json')],
    ...['--new', join(dir, 'new-01.json'), join(dir, 'new-02.json')],
  ]);
  assert.equal(again.exitCode, finished.exitCode);
  assert.equal(again.stdout, finished.stdout);
  const run = JSON.parse(await readFile(join(dir, 'new-02.json'), 'utf8')) as {
    server: { memory_bytes_max: number | null };
  };
  assert.ok((run.server.memory_bytes_max ?? 0) > 0, "each side's own server is measured");
});

test('three pairs see a server that is many times slower, and nothing between equal ones', async (t) => {
  const dir = await tempDir(t);
  await makeSlowCheckout(dir, { busyUs: 15_000 });
  const pairs = ['--repeat', '3', ...small];
  const slow = await compare(['--interleave', repositoryRoot, dir, ...pairs]);
  assert.equal(slow.exitCode, 1, slow.stdout);
  const equal = (): Promise<FinishedRun> =>
    compare(['--interleave', repositoryRoot, repositoryRoot, ...pairs]);
  // One false alarm in twenty is what the test promises; two in a row would be something else.
  const alarms = (await equal()).exitCode === 1 && (await equal()).exitCode === 1;
  assert.equal(alarms, false);
});

test('Ctrl-C ends the run under way and leaves nothing behind', async (t) => {
  const dir = join(await tempDir(t), 'kept');
  const args = ['compare', '--interleave', '.', '.', '--output', dir];
  const load = ['--', '--clients', '4', '--requests', '0', '--duration', '60'];
  const comparison = startMemobuild(t, [...args, ...load], { cwd: repositoryRoot });
  await comparison.stderr.first(/^base 1 of/);
  await sleep(3000);
  comparison.child.kill('SIGINT');
  assert.equal(await comparison.ended(), 130);
  assert.deepEqual(await readdir(dir), [], 'no half of a run is kept');
});

test('an output folder that cannot be created', async () => {
  const args = ['--interleave', '.', '.', '--output', '/dev/null/x', ...small];
  const finished = await compare(args, repositoryRoot);
  assert.equal(finished.exitCode, 3);
  assert.match(finished.stderr, /cannot create \/dev\/null\/x/);
});
test('what memobuild loadtest does not take', async () => {
  const args = ['--interleave', '.', '.', '--', '--clients', '0'];
  const finished = await compare(args, repositoryRoot);
  assert.equal(finished.exitCode, 2);
  assert.match(finished.stderr, /--clients must be/);
});
