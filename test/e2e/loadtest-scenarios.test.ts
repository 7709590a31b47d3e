import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { type RunResult, readResultFile, type SuiteResult } from '../../src/loadtest/internal.ts';
import { type FinishedRun, runMemobuild } from '../../src/testing/run-memobuild.ts';
import { tempDir } from '../../src/testing/temp-dir.ts';

/** Small enough to warm up in an instant. */
const small = ['--size', '1KiB', '--working-set', '100'];

function run(...args: string[]): Promise<FinishedRun> {
  return runMemobuild(['loadtest', ...args], { deadlineMs: 90_000 });
}

test('a scenario file is run, and flags come before it', async (t) => {
  const dir = await tempDir(t);
  const file = join(dir, 'monday.yaml');
  await writeFile(
    file,
    'numClients: 7\nrequestsPerClient: 10\ndurationSecs: 60\nsizes: 1KiB\nworkingSetKeys: 50\n',
  );
  const finished = await run('--scenario', file, '--duration', '1', '--json', '--quiet');
  const result = JSON.parse(finished.stdout) as RunResult;
  assert.equal(result.name, 'monday');
  assert.equal(result.config.num_clients, 7);
  assert.equal(result.config.duration_secs, 1);
  // Builds are repeated until the duration is over.
  assert.equal(result.stop_reason, 'duration');
  assert.ok(result.operations.total > 70);
});

test('--scenarios runs the five and writes one file', async (t) => {
  const output = join(await tempDir(t), 'suite.json');
  const finished = await run('--scenarios', '--scale', '0.01', '--output', output, ...small);
  assert.deepEqual(finished.leftProcesses, []);
  assert.deepEqual(finished.leftFiles, []);
  const read = await readResultFile(output);
  assert.equal(read.kind, 'suite');
  const { scenarios, verdict } = read.result as SuiteResult;
  assert.deepEqual(
    scenarios.map(({ name, config, cache }) => [name, config.num_clients, cache.target_percent]),
    [
      ['light', 5, 80],
      ['standard', 20, 75],
      ['heavy', 50, 70],
      ['extreme', 100, 75],
      ['sustained', 20, 75],
    ],
  );
  for (const { config, stop_reason: stopReason, operations } of scenarios) {
    assert.equal(config.scale, 0.01);
    assert.equal(stopReason, 'duration');
    assert.ok(operations.total > 0);
  }
  assert.equal(
    finished.exitCode === 0,
    verdict.verdict === 'PASS' || verdict.verdict === 'INVESTIGATE',
  );
  assert.match(finished.stdout, /\nSuite {2}durations multiplied by 0.01/);
});
