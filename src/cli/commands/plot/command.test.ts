import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { writeResultFile } from '../../../loadtest/internal.ts';
import { buildRunResult } from '../../../testing/build-run-result.ts';
import { tempDir } from '../../../testing/temp-dir.ts';
import { CommandError } from '../../shared/exit-codes.ts';
import { createCommand } from './command.ts';

test('a run in which no operation ended has nothing to draw, although its server was sampled', async (t) => {
  const dir = await tempDir(t);
  const run = buildRunResult({ seed: 1 });
  const path = join(dir, 'empty.json');
  await writeResultFile(path, {
    ...run,
    operations: { total: 0, successful: 0, failed: 0 },
    windows: [],
    time_series: [],
  });
  const plot = createCommand().exitOverride();
  const drawn = plot.parseAsync([path, '--output', join(dir, 'x.html')], { from: 'user' });
  await assert.rejects(drawn, (error) => {
    assert.ok(error instanceof CommandError, String(error));
    assert.equal(error.exitCode, 3);
    assert.match(error.message, /empty\.json: nothing to draw: no operation ended/);
    return true;
  });
  assert.deepEqual(await readdir(dir), ['empty.json']);
});
