import assert from 'node:assert/strict';
import { mkdir, rename, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { formatResult } from '../../loadtest/internal.ts';
import { buildRunResult } from '../../testing/build-run-result.ts';
import { tempDir } from '../../testing/temp-dir.ts';
import { PastRunError, PastRunsFolder } from './folder.ts';

const result = formatResult(buildRunResult({ seed: 1, windows: 3 }));

test('results are listed newest first, damaged ones with what is wrong, other files not at all', async (t) => {
  const dir = await tempDir(t);
  const ages = { 'old.json': 300, 'new.json': 100, 'cut.json': 200 };
  for (const [name, ageSecs] of Object.entries(ages)) {
    const path = join(dir, name);
    await writeFile(path, name === 'cut.json' ? result.slice(0, 400) : result);
    const at = Date.now() / 1000 - ageSecs;
    await utimes(path, at, at);
  }
  await writeFile(join(dir, 'package.json'), '{"name":"x"}');
  await writeFile(join(dir, 'notes.txt'), result);
  await writeFile(join(dir, '.hidden.json'), result);
  await mkdir(join(dir, 'folder.json'));
  await symlink(join(dir, 'old.json'), join(dir, 'link.json'));
  const { runs, leftOut } = await new PastRunsFolder(dir).list();
  assert.deepEqual(
    runs.map(({ file }) => file),
    ['new.json', 'cut.json', 'old.json'],
  );
  assert.match(runs[1]!.problem ?? '', /cut\.json is truncated/);
  assert.equal(runs[0]!.summary?.clients, 20);
  assert.equal(leftOut, 0);
});

test('a file that was rewritten is read again', async (t) => {
  const dir = await tempDir(t);
  const folder = new PastRunsFolder(dir);
  await writeFile(join(dir, 'a.json'), result);
  const before = (await folder.list()).runs[0]!.summary!;
  const slower = buildRunResult({ seed: 1, windows: 3, slowness: 2 });
  await writeFile(join(dir, 'b.tmp'), formatResult(slower));
  await rename(join(dir, 'b.tmp'), join(dir, 'a.json'));
  const after = (await folder.list()).runs[0]!.summary!;
  assert.equal(after.opsPerSec, slower.throughput_ops_per_sec);
  assert.notEqual(after.opsPerSec, before.opsPerSec);
});

test('only the newest hundred are read', async (t) => {
  const dir = await tempDir(t);
  for (let n = 0; n < 103; n += 1) await writeFile(join(dir, `${n}.json`), '{');
  const { runs, leftOut } = await new PastRunsFolder(dir).list();
  assert.equal(runs.length, 100);
  assert.equal(leftOut, 3);
});

test('a folder that is not there has no runs', async (t) => {
  const dir = join(await tempDir(t), 'none');
  assert.deepEqual(await new PastRunsFolder(dir).list(), { runs: [], leftOut: 0 });
});

test('what the folder does not list is not opened', async (t) => {
  const dir = await tempDir(t);
  const inner = join(dir, 'inner');
  await mkdir(inner);
  await writeFile(join(dir, 'outside.json'), result);
  await writeFile(join(inner, 'a.json'), result);
  await symlink('/etc/hostname', join(inner, 'link.json'));
  const folder = new PastRunsFolder(inner);
  assert.equal((await folder.read('a.json')).read.kind, 'run');
  const names = ['../outside.json', join(dir, 'outside.json'), './a.json', 'link.json', '', '..'];
  for (const name of names) {
    await assert.rejects(folder.read(name), PastRunError, name);
  }
});
