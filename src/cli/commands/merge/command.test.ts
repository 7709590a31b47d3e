import assert from 'node:assert/strict';
import { join } from 'node:path';
import test from 'node:test';
import {
  assembleSuite,
  type LoadTestResult,
  readResultFile,
  type ScalingResult,
  writeResultFile,
} from '../../../loadtest/internal.ts';
import { buildRunResult } from '../../../testing/build-run-result.ts';
import { tempDir } from '../../../testing/temp-dir.ts';
import { CommandError } from '../../shared/exit-codes.ts';
import { createCommand } from './command.ts';

const day = Date.UTC(2026, 0, 1);

const runOf = (seed: number) =>
  buildRunResult({
    seed,
    windows: 5,
    change: { name: 'light', timestamp: new Date(day).toISOString() },
  });
const suiteOf = (seed: number) => assembleSuite([runOf(seed)], new Date(day));

test('merge takes runs or suites, and says why it does not take what else a file holds', async (t) => {
  const dir = await tempDir(t);
  const files: Record<string, LoadTestResult['result']> = {
    run: runOf(1),
    suite1: suiteOf(2),
    suite2: suiteOf(3),
    ramp: { ...suiteOf(4), scaling },
  };
  const pathOf = (name: string): string => join(dir, `${name}.json`);
  for (const [name, result] of Object.entries(files)) await writeResultFile(pathOf(name), result);
  t.mock.method(process.stdout, 'write', () => true);
  const merge = async (...names: string[]): Promise<unknown> =>
    createCommand()
      .exitOverride()
      .parseAsync([...names.map(pathOf), '--output', pathOf('all')], { from: 'user' });
  await merge('suite1', 'suite2');
  const merged = await readResultFile(pathOf('all'));
  assert.equal(merged.kind, 'suite');
  for (const [names, says] of [
    [['run', 'suite1'], /run\.json holds one run and .*suite1\.json a suite: merge runs with/],
    [['ramp', 'ramp'], /ramp\.json holds a client ramp, .* of --clients, and/],
  ] as const) {
    await assert.rejects(merge(...names), (error) => {
      assert.ok(error instanceof CommandError, String(error));
      assert.equal(error.exitCode, 3);
      assert.match(error.message, says);
      return true;
    });
  }
});

const scaling: ScalingResult = { points: [], law: null, law_quality: 'worthless', law_doubts: [] };
