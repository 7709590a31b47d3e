import assert from 'node:assert/strict';
import { existsSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { tempDir } from '../testing/temp-dir.ts';
import { makeDirectory } from './make-directory.ts';

test('makes what is missing, and takes what is there, also behind a link', async (t) => {
  const dir = await tempDir(t);
  makeDirectory(join(dir, 'a', 'b', 'c'));
  makeDirectory(join(dir, 'a', 'b', 'c'));
  assert.ok(statSync(join(dir, 'a', 'b', 'c')).isDirectory());
  symlinkSync(join(dir, 'a'), join(dir, 'link'));
  makeDirectory(join(dir, 'link'));
  makeDirectory(join(dir, 'link', 'd'));
  assert.ok(existsSync(join(dir, 'a', 'd')));
});

test('ends where a file is in the way, and where the file system takes none', async (t) => {
  const dir = await tempDir(t);
  writeFileSync(join(dir, 'file'), '');
  assert.throws(() => makeDirectory(join(dir, 'file')), { code: 'EEXIST' });
  assert.throws(() => makeDirectory(join(dir, 'file', 'a', 'b')), { code: 'ENOTDIR' });
  if (process.platform !== 'linux') return;
  assert.throws(() => makeDirectory('/proc/memobuild'), { code: 'ENOENT' });
  assert.throws(() => makeDirectory('/proc/memobuild/a/b'), { code: 'ENOENT' });
});
