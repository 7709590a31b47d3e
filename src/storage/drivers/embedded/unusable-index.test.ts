import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { CacheError, type Logger, siblingModule, silentLogger } from '../../../core/index.ts';
import { tempDir } from '../../../testing/temp-dir.ts';
import { patient, readEntry, sampleBlob } from '../../conformance/index.ts';
import { layoutOf } from './layout.ts';
import { openEmbeddedStore } from './open.ts';
import { inspectStore } from './testing/inspect.ts';

const { key, bytes } = sampleBlob(100);

/** A store with one entry that was last used by a version without a commit gate. */
async function earlierStore(t: TestContext): Promise<string> {
  const dir = await tempDir(t);
  const store = await openEmbeddedStore({ dir, maxBytes: 0 });
  await store.write(key, bytes, { signal: patient });
  await store.close();
  rmSync(layoutOf(dir).trustedFile);
  return dir;
}

function zeroHeaders(dir: string, pages: readonly number[]): void {
  const { dataFile } = layoutOf(dir);
  const fd = openSync(dataFile, 'r+');
  for (const page of pages) writeSync(fd, Buffer.alloc(4096), 0, 4096, page * 4096);
  closeSync(fd);
}

function listening(): { readonly logger: Logger; readonly warnings: string[] } {
  const warnings: string[] = [];
  const warn = (_: object, text: string): void => void warnings.push(text);
  return { logger: { ...silentLogger, warn }, warnings };
}

test('the store of an earlier version is checked once, and kept if it is whole', async (t) => {
  const dir = await earlierStore(t);
  const { logger, warnings } = listening();
  const store = await openEmbeddedStore({ dir, maxBytes: 0, logger });
  assert.deepEqual(await readEntry(store, key), bytes);
  assert.deepEqual(warnings, []);
  assert.ok(existsSync(layoutOf(dir).trustedFile));
  await store.close();
});

test('a damaged index is set aside with a line that says why, and the store works', async (t) => {
  const dir = await earlierStore(t);
  const data = join(dir, 'index', 'data.mdb');
  writeFileSync(data, Buffer.concat([readFileSync(data).subarray(0, 8192), Buffer.alloc(65_536)]));
  const { logger, warnings } = listening();
  const store = await openEmbeddedStore({ dir, maxBytes: 0, logger });
  assert.equal(warnings.length, 1);
  assert.match(warnings[0]!, /the index is damaged \(page \d+ .*\): starting empty/);
  assert.equal((await store.find(key)).kind, 'miss');
  await store.write(key, bytes, { signal: patient });
  assert.deepEqual(await readEntry(store, key), bytes);
  await store.close();
  while (readdirSync(dir).some((name) => name.includes('discarded'))) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
});

for (const pages of [[0], [1], [0, 1]]) {
  test(`an index whose header pages ${pages.join(' and ')} are zeroed is set aside before LMDB reads it`, async (t) => {
    const dir = await tempDir(t);
    const first = await openEmbeddedStore({ dir, maxBytes: 0 });
    await first.write(key, bytes, { signal: patient });
    await first.close();
    zeroHeaders(dir, pages);
    // In this order: an inspection leaves everything as it is.
    assert.match((await inspectStore(dir)).contradictions.join(), /header is not valid/);
    const { logger, warnings } = listening();
    const store = await openEmbeddedStore({ dir, maxBytes: 0, logger });
    assert.equal(warnings.length, 1);
    assert.match(
      warnings[0]!,
      /the index is damaged \(the \w+ header is not valid\): starting empty/,
    );
    assert.equal((await store.find(key)).kind, 'miss');
    await store.write(key, bytes, { signal: patient });
    assert.deepEqual(await readEntry(store, key), bytes);
    await store.close();
  });
}

test('a process that finds damaged headers while another has the index open is refused, and lives', async (t) => {
  const dir = await tempDir(t);
  const first = await openEmbeddedStore({ dir, maxBytes: 0 });
  const { dataFile } = layoutOf(dir);
  const whole = readFileSync(dataFile);
  zeroHeaders(dir, [0]);
  const opener = fork(
    fileURLToPath(siblingModule(import.meta.url, 'testing/opener-process')),
    [dir, '1'],
    { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] },
  );
  const said = text(opener.stderr!);
  const [, signal] = (await once(opener, 'exit')) as [number | null, string | null];
  // Closing reads them, too.
  writeFileSync(dataFile, whole, { flag: 'r+' });
  await first.close();
  assert.equal(signal, null, 'it was ended by a crash');
  assert.match(await said, /is damaged: the first header is not valid/);
});

test('nothing is set aside while another process has the store open', async (t) => {
  const dir = await earlierStore(t);
  const first = await openEmbeddedStore({ dir, maxBytes: 0 });
  writeFileSync(layoutOf(dir).bootFile, 'another boot');
  const opener = fork(fileURLToPath(siblingModule(import.meta.url, 'testing/opener-process')), [
    dir,
    '3',
  ]);
  assert.equal((await once(opener, 'exit'))[0], 0);
  assert.deepEqual(await readEntry(first, key), bytes);
  await first.close();
});

test('a process of an earlier version that has the store open is not joined', async (t) => {
  const dir = await earlierStore(t);
  const child = fork(fileURLToPath(siblingModule(import.meta.url, 'testing/earlier-version')), [
    dir,
  ]);
  t.after(() => void child.kill('SIGKILL'));
  await once(child, 'message');
  await assert.rejects(openEmbeddedStore({ dir, maxBytes: 0 }), (error) => {
    assert.ok(error instanceof CacheError);
    assert.match(error.message, /in use by a process of an earlier version/);
    return error.code === 'unavailable';
  });
  child.kill('SIGKILL');
  await once(child, 'exit');
  const store = await openEmbeddedStore({ dir, maxBytes: 0 });
  assert.deepEqual(await readEntry(store, key), bytes);
  await store.close();
});
