import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Logger, silentLogger } from '../../../core/index.ts';
import { tempDir } from '../../../testing/temp-dir.ts';
import { patient, sampleBlob } from '../../conformance/index.ts';
import { layoutOf } from './layout.ts';
import { openEmbeddedStore } from './open.ts';

test('nobody but its owner can read a store', async (t) => {
  const dir = join(await tempDir(t), 'made', 'store');
  const store = await openEmbeddedStore({ dir, maxBytes: 0 });
  t.after(() => store.close());
  for (const sizeBytes of [100, 300_000]) {
    const { key, bytes } = sampleBlob(sizeBytes);
    await store.write(key, bytes, { signal: patient });
  }
  const all = ['.', ...readdirSync(dir, { recursive: true }).map(String)];
  assert.ok(
    all.some((path) => /^blobs.[0-9a-f]{3}.[0-9a-f]{14}$/.test(path)),
    'a body has a file',
  );
  for (const path of all) {
    assert.equal(statSync(join(dir, path)).mode & 0o077, 0, path);
  }
});

test('a directory that others can enter is warned of, and stays as its owner made it', async (t) => {
  const dir = await tempDir(t);
  chmodSync(dir, 0o755);
  const warnings: string[] = [];
  const warn = (_: object, text: string): void => void warnings.push(text);
  const logger: Logger = { ...silentLogger, warn };
  await (await openEmbeddedStore({ dir, maxBytes: 0, logger })).close();
  assert.match(warnings.join(), /other users of this machine can read the store/);
  assert.equal(statSync(dir).mode & 0o777, 0o755);
});

test('only what a store set aside itself is removed', async (t) => {
  const dir = await tempDir(t);
  const kept = ['my.discarded-drafts', 'index.discarded-notes', 'blobs.discarded-1.tar'];
  const removed = ['index.discarded-1700000000000', 'blobs.discarded-1700000000000'];
  for (const name of [...kept, ...removed]) mkdirSync(join(dir, name));
  await (await openEmbeddedStore({ dir, maxBytes: 0 })).close();
  while (removed.some((name) => existsSync(join(dir, name)))) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  for (const name of kept) assert.ok(existsSync(join(dir, name)), name);
});

test('a temporary file does not follow a link', async (t) => {
  const dir = await tempDir(t);
  const victim = join(await tempDir(t), 'victim');
  writeFileSync(victim, 'mine');
  const { formatFile } = layoutOf(dir);
  rmSync(formatFile, { force: true });
  symlinkSync(victim, `${formatFile}.${process.pid}`);
  await (await openEmbeddedStore({ dir, maxBytes: 0 })).close();
  assert.equal(readFileSync(victim, 'utf8'), 'mine');
  assert.ok(lstatSync(formatFile).isFile());
});
