import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { CacheError, siblingModule } from '../../../core/index.ts';
import { patient, readEntry, sampleBlob } from '../../conformance/index.ts';
import { lockStoreDirectory, openEmbeddedStore } from './open.ts';

const holder = fileURLToPath(siblingModule(import.meta.url, 'testing/lock-process'));

async function withDir(run: (dir: string) => Promise<void>): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'memobuild-lock-'));
  try {
    await run(dir);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Starts a process that tries to lock, and waits for what it says. */
async function startHolder(dir: string): Promise<{ child: ChildProcess; said: unknown }> {
  const child = fork(holder, [dir]);
  const [said] = (await once(child, 'message')) as [unknown];
  return { child, said };
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

test('a second server is refused with the process that has the directory', async () => {
  await withDir(async (dir) => {
    const { child, said } = await startHolder(dir);
    try {
      assert.equal(said, 'locked');
      await assert.rejects(lockStoreDirectory({ dir }), (error) => {
        assert(error instanceof CacheError);
        assert.equal(error.code, 'unavailable');
        assert(error.message.includes(String(child.pid)), error.message);
        assert(error.message.includes(dir), error.message);
        return true;
      });
    } finally {
      await kill(child);
    }
  });
});

test('the lock of a killed server is taken over at once', async () => {
  await withDir(async (dir) => {
    const { child } = await startHolder(dir);
    await kill(child);
    const lock = await lockStoreDirectory({ dir });
    const other = await startHolder(dir);
    assert.match(String(other.said), new RegExp(`process ${process.pid}`));
    await lock.release();
    const third = await startHolder(dir);
    assert.equal(third.said, 'locked');
    await kill(third.child);
    await kill(other.child);
  });
});

test('of many that come at once, one gets the lock', async () => {
  await withDir(async (dir) => {
    const locks = await Promise.allSettled(
      Array.from({ length: 10 }, () => lockStoreDirectory({ dir })),
    );
    const got = locks.flatMap((lock) => (lock.status === 'fulfilled' ? [lock.value] : []));
    assert.equal(got.length, 1);
    await got[0]!.release();
  });
});

test('the process with the lock and others open the store', async () => {
  await withDir(async (dir) => {
    const lock = await lockStoreDirectory({ dir });
    const store = await openEmbeddedStore({ dir, maxBytes: 0 });
    const { key, bytes } = sampleBlob(100);
    await store.write(key, bytes, { signal: patient });
    assert.deepEqual(await readEntry(store, key), bytes);
    await store.close();
    await lock.release();
  });
});
