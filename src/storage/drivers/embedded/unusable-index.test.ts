import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { CacheError, type Logger, siblingModule, silentLogger } from '../../../core/index.ts';
import { tempDir } from '../../../testing/temp-dir.ts';
import { patient, readEntry, sampleBlob } from '../../conformance/index.ts';
import { layoutOf } from './layout.ts';
import { openEmbeddedStore } from './open.ts';

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
