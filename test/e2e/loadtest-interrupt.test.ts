import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type RunResult, readResultFile } from '../../src/loadtest/internal.ts';
import { startMemobuild } from '../../src/testing/start-memobuild.ts';
import { tempDir } from '../../src/testing/temp-dir.ts';

/** Small enough to warm up in an instant. */
const small = ['--size', '1KiB', '--working-set', '100'];

/** Starts a long run and waits until it sends operations. */
async function startLongRun(t: TestContext, output: string) {
  const args = ['loadtest', '--requests', '0', '--duration', '60', '--output', output, ...small];
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
