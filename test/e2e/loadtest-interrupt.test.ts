import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type RunResult, readResultFile } from '../../src/loadtest/index.ts';
import { programPath } from '../../src/testing/program.ts';
import { tempDir } from '../../src/testing/temp-dir.ts';

/** Small enough to warm up in an instant. */
const small = ['--size', '1KiB', '--working-set', '100'];

/** Starts a long run and waits until it sends operations. */
async function startLongRun(output: string) {
  const args = ['loadtest', '--requests', '0', '--duration', '60', '--output', output, ...small];
  const child = spawn(process.execPath, [programPath, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit');
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += String(chunk);
  });
  await new Promise<void>((resolve, reject) => {
    void exited.then(() => reject(new Error(`ended too early: ${stderr}`)));
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += String(chunk);
      if (stderr.includes('running')) resolve();
    });
  });
  await sleep(1000);
  return { child, exited, stdout: () => stdout };
}

test('Ctrl-C ends a run early, with report and file, marked incomplete', async (t) => {
  const output = join(await tempDir(t), 'r.json');
  const { child, exited, stdout } = await startLongRun(output);
  child.kill('SIGINT');
  assert.deepEqual(await exited, [130, null]);
  const { result } = await readResultFile(output);
  const run = result as RunResult;
  assert.equal(run.complete, false);
  assert.equal(run.stop_reason, 'interrupted');
  assert.equal(run.verdict.verdict, 'INTERRUPTED');
  assert.ok(run.operations.total > 0);
  assert.ok(run.duration_ms < 60_000);
  assert.match(stdout(), /^INTERRUPTED {2}.*incomplete/);
});

test('Ctrl-C twice stops at once and leaves nothing half-written', async (t) => {
  const dir = await tempDir(t);
  const { child, exited } = await startLongRun(join(dir, 'r.json'));
  child.kill('SIGINT');
  // Signals of one kind that come together may be made one.
  const again = setInterval(() => child.kill('SIGINT'), 20);
  t.after(() => clearInterval(again));
  assert.deepEqual(await exited, [130, null]);
  for (const name of await readdir(dir)) await readResultFile(join(dir, name));
});
