import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { lstat, readFile, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import test from 'node:test';
import { readResultFile, writeResultFile } from '../../loadtest/internal.ts';
import { boundEnvironment } from '../../testing/bound-environment.ts';
import { buildRunResult } from '../../testing/build-run-result.ts';
import { tempDir } from '../../testing/temp-dir.ts';
import { chartGroupsOf } from './charts-of.ts';
import { writePlots } from './write-plots.ts';

test('an hour of seconds costs little more to plot than a minute', async (t) => {
  const dir = await tempDir(t);
  const cpuMs = async (name: string, windows: number): Promise<number> => {
    const file = join(dir, `${name}.json`);
    await writeResultFile(file, buildRunResult({ seed: 1, windows, operationsPerWindow: 50 }));
    const before = process.cpuUsage();
    const groups = chartGroupsOf([{ file, read: await readResultFile(file) }]);
    for (const ending of ['html', 'svg', 'png']) {
      const output = join(dir, `${name}.${ending}`);
      await writePlots(groups, output);
    }
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  };
  // One run is not measured: loading on first use does not depend on the run's length.
  await cpuMs('first', 60);
  const [minute, hour] = [await cpuMs('minute', 60), await cpuMs('hour', 3600)];
  t.diagnostic(`a minute ${minute.toFixed(0)} ms, an hour ${hour.toFixed(0)} ms of CPU`);
  // What a browser has to lay out grows less than the run, too.
  const [small, large] = await Promise.all(
    ['minute', 'hour'].map(async (name) => (await stat(join(dir, `${name}.html`))).size),
  );
  t.diagnostic(`a minute's page ${small} bytes, an hour's ${large}`);
  assert.ok(large! < 1.6 * small!, `${large} of ${small} bytes`);
  // Sixty times the rows. Reading them all into the heat map makes it ten times as long.
  assert.ok(hour < 5 * minute + 300, `${hour} ms for the hour, ${minute} ms for the minute`);
});

test('a link given as output stays a link, and a pipe a pipe', async (t) => {
  const dir = await tempDir(t);
  const file = join(dir, 'run.json');
  await writeResultFile(file, buildRunResult({ seed: 1, windows: 3, operationsPerWindow: 5 }));
  const groups = chartGroupsOf([{ file, read: await readResultFile(file) }]);
  await symlink('real.svg', join(dir, 'link.svg'));
  await writePlots(groups, join(dir, 'link.svg'));
  assert.ok((await lstat(join(dir, 'link.svg'))).isSymbolicLink());
  assert.match(await readFile(join(dir, 'real.svg'), 'utf8'), /^<svg/);
  const pipe = join(dir, 'pipe.html');
  execFileSync('mkfifo', [pipe]);
  const reader = spawn('cat', [pipe], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: boundEnvironment(),
  });
  await writePlots(groups, pipe);
  assert.match(await text(reader.stdout), /<\/html>\s*$/);
  assert.ok((await lstat(pipe)).isFIFO());
});
