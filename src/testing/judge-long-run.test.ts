import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import test from 'node:test';
import { boundEnvironment } from './bound-environment.ts';
import type { JudgedLongRun } from './judge-long-run.ts';

test('a run of 48 hours is judged and written in bounded memory', {
  timeout: 300_000,
}, async (t) => {
  const script = join(import.meta.dirname, 'judge-long-run.ts');
  const child = fork(script, [String(48 * 3600)], {
    execArgv: [...process.execArgv, '--max-old-space-size=500'],
    env: boundEnvironment(),
  });
  t.after(() => child.kill('SIGKILL'));
  const [judged] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => assert.fail(`it ended with ${code}`)),
  ])) as [JudgedLongRun];
  t.diagnostic(JSON.stringify(judged));
  assert.equal(judged.verdict, 'PASS');
  assert.equal(judged.operations, 48 * 3600 * 25);
  // Windows and samples are bounded, however long the run was.
  assert.ok(judged.windows <= 3601 && judged.samples <= 7202, JSON.stringify(judged));
  // CPU time, not wall time: it was 6.6 s on two cores that nine others used as well.
  assert.ok(judged.judgedCpuMs < 10_000, JSON.stringify(judged));
  assert.ok(judged.memoryBytes < 500e6, JSON.stringify(judged));
});
