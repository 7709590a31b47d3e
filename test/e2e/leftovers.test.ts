import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { boundEnvironment } from '../../src/testing/bound-environment.ts';
import { ended } from '../../src/testing/child-process.ts';
import { OutputLines } from '../../src/testing/output-lines.ts';
import { repositoryRoot } from '../../src/testing/program.ts';
import {
  killMarked,
  markedProcesses,
  reportVariable,
  withMark,
} from '../../src/testing/reaper/marked-processes.mjs';
import { tempDir } from '../../src/testing/temp-dir.ts';
import { noBrowser } from './browser.ts';
import { until } from './serve-client.ts';

const fixtures = join(import.meta.dirname, 'leftovers');
const leave = join(fixtures, 'leave-process.ts');
const patienceMs = 60_000;
const skip = process.platform === 'linux' ? false : 'processes are found by /proc';

/** Runs node on something that leaves processes; answers what finds those. */
async function startLeaver(
  t: TestContext,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
) {
  const mark = randomUUID();
  const report = join(await tempDir(t), 'report');
  // Else it takes itself for a part of this run of tests.
  const { NODE_TEST_CONTEXT: _, ...own } = process.env;
  const child = spawn(process.execPath, args, {
    cwd: repositoryRoot,
    env: withMark(boundEnvironment({ ...own, ...env, [reportVariable]: report }), mark),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  t.after(() => killMarked(mark));
  const stderr = new OutputLines(child.stderr);
  return {
    child,
    stderr,
    processes: () => markedProcesses(mark),
    alive: async () => (await markedProcesses(mark)).map(({ command }) => command),
  };
}

describe('nothing is left of a test', { skip }, () => {
  const kinds = [
    ...[/ memobuild\.js serve /, /worker-main/, /faulty-cache/, / loadtest /],
    // The server that the load test started.
    / serve .*memobuild-loadtest-/,
    ...(noBrowser === false ? [/chromium/] : []),
  ];
  test('that is killed in the middle', async (t) => {
    const leaver = await startLeaver(t, ['--import', 'tsx', join(fixtures, 'start-everything.ts')]);
    await leaver.stderr.first(/^everything is started$/, 200_000);
    const before = (await leaver.alive()).join('\n').replaceAll(`${repositoryRoot}/bin/`, '');
    for (const kind of kinds) assert.match(before, kind);
    leaver.child.kill('SIGKILL');
    await until(leaver.alive, (commands) => commands.length === 0, patienceMs);
    const isOther = (reaper: string): boolean => !reaper.includes('start-everything');
    await until(reapers, (commands) => commands.every(isOther), patienceMs);
  });

  test('whose process exits in the middle', async (t) => {
    const leaver = await startLeaver(t, ['--import', 'tsx', leave], { EXIT: '1' });
    await ended(leaver.child, patienceMs);
    assert.equal(leaver.child.exitCode, 1);
    await until(leaver.alive, (commands) => commands.length === 0, patienceMs);
  });
});

/** Command lines of what kills the processes of dead tests. */
async function reapers(): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const commands = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  return commands.filter((text) => text.includes('reaper.mjs'));
}

describe('the run of all tests', { skip }, () => {
  const runTests = (...args: readonly string[]): string[] => {
    const nodeArgs = JSON.stringify(['--import', 'tsx', '--test', ...args]);
    const module = JSON.stringify(join(repositoryRoot, 'scripts/run-tests.mjs'));
    const program = `const { runTests } = await import(${module});
      process.exit(await runTests(${nodeArgs}, process.cwd()));`;
    return ['--input-type=module', '-e', program];
  };

  test('fails when a test that passes leaves a process, and names both', async (t) => {
    const run = await startLeaver(t, runTests(leave));
    await ended(run.child, patienceMs);
    assert.deepEqual(await run.alive(), []);
    assert.equal(run.child.exitCode, 1);
    await run.stderr.first(/^leave-process\.ts-\S+ left process \d+: sleep 600$/);
  });

  test('ends with nothing left of a test that it cancels', async (t) => {
    const run = await startLeaver(t, runTests(leave), { HANG: '1' });
    await until(run.alive, (commands) => commands.includes('sleep 600'), patienceMs);
    const ofTest = (command: string): boolean => / tsx \S*leave-process\.ts$/.test(command);
    const file = (await run.processes()).find(({ command }) => ofTest(command));
    // As the runner does at --test-timeout.
    process.kill(file!.pid, 'SIGTERM');
    await ended(run.child, patienceMs);
    assert.deepEqual(await run.alive(), []);
    assert.equal(run.child.exitCode, 1);
  });

  test('leaves nothing when it is killed itself', async (t) => {
    const run = await startLeaver(t, runTests(leave), { HANG: '1' });
    await until(run.alive, (commands) => commands.includes('sleep 600'), patienceMs);
    run.child.kill('SIGKILL');
    await until(run.alive, (commands) => commands.length === 0, patienceMs);
  });
});
