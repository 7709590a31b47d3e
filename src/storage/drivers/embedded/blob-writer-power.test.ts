import assert from 'node:assert/strict';
import fs, { mkdirSync, readlinkSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { tempDir } from '../../../testing/temp-dir.ts';
import { blobPathOf, layoutOf, prepareDirectory } from './layout.ts';

test('with durability power a file counts once its folder’s name is on the disk, whoever made the folder', {
  skip: process.platform === 'linux' ? false : '/proc says which file a descriptor is',
}, async (t) => {
  const synced: string[] = [];
  const { fsync } = fs;
  // The true call, noted: nothing else shows afterwards what was synced.
  fs.fsync = ((fd: number, done: fs.NoParamCallback) => {
    synced.push(readlinkSync(`/proc/self/fd/${fd}`));
    fsync(fd, done);
  }) as typeof fs.fsync;
  syncBuiltinESMExports();
  t.after(() => {
    fs.fsync = fsync;
    syncBuiltinESMExports();
  });
  const { BlobWriter } = await import('./blob-writer.ts');
  const layout = layoutOf(await tempDir(t));
  prepareDirectory(layout);
  const { folder, file } = blobPathOf(layout, 7);
  // Another process has just made it, and has synced nothing yet.
  mkdirSync(folder);
  const write = async (id: number): Promise<void> => {
    const freeSpace = (): Promise<void> => Promise.resolve();
    const writer = new BlobWriter({
      layout,
      id,
      durability: 'power',
      makesChecksums: false,
      freeSpace,
    });
    await writer.open();
    await writer.write(Buffer.from('bytes'));
    await writer.finish();
  };
  await write(7);
  assert.deepEqual(synced, [file, folder, dirname(folder)]);
  await write(7 + 1024);
  assert.deepEqual(synced.slice(3).at(-1), folder, 'the name is synced once');
});
