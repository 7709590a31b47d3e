import assert from 'node:assert/strict';
import { type FinishedRun, runMemobuild } from '../../src/testing/run-memobuild.ts';

/** Runs `memobuild compare` to its end, after which nothing of it may be left. */
export async function compare(args: readonly string[], cwd?: string): Promise<FinishedRun> {
  const finished = await runMemobuild(['compare', ...args], {
    deadlineMs: 240_000,
    ...(cwd === undefined ? {} : { cwd }),
  });
  assert.equal(finished.timedOut, false, finished.stderr);
  assert.deepEqual(finished.leftProcesses, []);
  assert.deepEqual(finished.leftFiles, []);
  return finished;
}
