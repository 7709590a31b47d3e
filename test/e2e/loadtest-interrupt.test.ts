import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type RunResult, readResultFile } from '../../src/loadtest/internal.ts';
import { startMemobuild } from '../../src/testing/start-memobuild.ts';
import { tempDir } from '../../src/testing/temp-dir.ts';

/** Small enough to warm up in an instant. */
const small = ['--size', '1KiB', '--working-set', '100'];

/** Starts a long run and waits until it sends operations. */
async function startLongRun(t: TestContext, output: string, ...more: readonly string[]) {
  const bounds = ['--requests', '0', '--duration', '60'];
  const args = ['loadtest', ...bounds, '--output', output, ...small, ...more];
  const run = startMemobuild(t, args);
  await run.stderr.first(/running/);
  await sleep(1000);
  return run;
}

test('Ctrl-C ends a run early, with report and file, marked incomplete', async (t) => {
  const output = join(await tempDir(t), 'r.json');
  const { child, ended, stdout } = await startLongRun(t, output);
  child.kill('SIGINT');
  assert.equal(await ended(), 130);
  const { result } = await readResultFile(output);
  const run = result as RunResult;
  assert.equal(run.complete, false);
  assert.equal(run.stop_reason, 'interrupted');
  assert.equal(run.verdict.verdict, 'INTERRUPTED');
  assert.ok(run.operations.total > 0);
  assert.ok(run.duration_ms < 60_000);
  assert.match(stdout.text(), /^INTERRUPTED {2}.*incomplete/);
});

test('Ctrl-C twice stops at once and leaves nothing half-written', async (t) => {
  const dir = await tempDir(t);
  const { child, ended } = await startLongRun(t, join(dir, 'r.json'));
  child.kill('SIGINT');
  // Signals of one kind that come together may be made one.
  const again = setInterval(() => child.kill('SIGINT'), 20);
  t.after(() => clearInterval(again));
  assert.equal(await ended(), 130);
  for (const name of await readdir(dir)) await readResultFile(join(dir, name));
});

test('a pipe that nobody reads keeps no command: the run starts, and SIGTERM ends it', async (t) => {
  const dir = await tempDir(t);
  const pipes = ['result', 'junit', 'markdown'].map((name) => join(dir, name));
  execFileSync('mkfifo', pipes);
  const [result = '', junit = '', markdown = ''] = pipes;
  const { child, ended } = await startLongRun(t, result, '--junit', junit, '--markdown', markdown);
  child.kill('SIGTERM');
  const again = setInterval(() => child.kill('SIGTERM'), 500);
  t.after(() => clearInterval(again));
  assert.equal(await ended(), 130);
  for (const pipe of pipes) assert.ok((await lstat(pipe)).isFIFO(), pipe);
});
