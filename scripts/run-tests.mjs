// Runs node:test so that none of the processes that tests start outlives it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { reportVariable, startReaper, withMark } from '../src/testing/reaper/marked-processes.mjs';

/**
 * Runs node with `args`, and ends what it leaves: at its end, and at that of this process, whatever
 * this dies of.
 * @param {readonly string[]} args
 * @param {string} cwd
 * @returns {Promise<number>} its exit code; 1 as well when a test that ended in good order left a process.
 */
export async function runTests(args, cwd) {
  const dir = mkdtempSync(join(tmpdir(), 'memobuild-tests-'));
  const report = join(dir, 'left');
  process.env[reportVariable] = report;
  try {
    const mark = `tests-${process.pid}-${Date.now()}`;
    const reaper = startReaper(mark);
    // What tests start is not a step of the job that runs them.
    const { GITHUB_ACTIONS: _, GITHUB_STEP_SUMMARY: __, ...own } = process.env;
    const env = withMark(own, mark);
    const runner = spawn(process.execPath, args, { cwd, env, stdio: 'inherit' });
    const handOn = (signal) => runner.kill(signal);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, handOn);
    const [code] = await once(runner, 'exit');
    reaper.stdin.end();
    await once(reaper, 'exit');
    if (!existsSync(report)) return code ?? 1;
    console.error(
      `Tests left processes behind, which were killed:\n${readFileSync(report, 'utf8')}`,
    );
    return code || 1;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
