import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { CacheError } from '../../../core/index.ts';
import { inPieces, patient, readEntry, sampleBlob, storedUsage } from '../../conformance/index.ts';
import type { EntryKey } from '../../store.ts';
import { openEmbeddedStore } from './open.ts';
import { inspectStore } from './testing/inspect.ts';

const diskBytes = 12 * 2 ** 20;

/** Runs with a directory on a real file system of {@link diskBytes}. */
async function onSmallDisk(
  skip: (reason: string) => void,
  run: (dir: string) => Promise<void>,
): Promise<void> {
  const mountPoint = mkdtempSync(join(tmpdir(), 'memobuild-full-'));
  const mounted = spawnSync('mount', [
    '-t',
    'tmpfs',
    '-o',
    `size=${diskBytes}`,
    'none',
    mountPoint,
  ]);
  try {
    if (mounted.status !== 0) {
      skip(`this user may not mount a small file system: ${String(mounted.stderr).trim()}`);
      return;
    }
    await run(mountPoint);
  } finally {
    if (mounted.status === 0) spawnSync('umount', ['--lazy', mountPoint]);
    rmSync(mountPoint, { recursive: true, force: true });
  }
}

for (const sizeBytes of [900_000, 10_000]) {
  test(`a full disk refuses ${sizeBytes} bytes, keeps the rest and keeps working`, async (t) => {
    await onSmallDisk(t.skip.bind(t), async (dir) => {
      const store = await openEmbeddedStore({ dir, maxBytes: 0, unlinkDelayMs: 1 });
      const stored: { key: EntryKey; bytes: Buffer }[] = [];
      let refused = 0;
      for (let round = 0; round < 2_000 && refused < 5; round += 1) {
        const sample = sampleBlob(sizeBytes);
        const usage = await storedUsage(store);
        try {
          await store.write(sample.key, inPieces(sample.bytes, 65_536), { signal: patient });
          stored.push(sample);
        } catch (error) {
          assert(error instanceof CacheError, String(error));
          assert.equal(error.code, 'store_full', error.message);
          assert.equal((await store.find(sample.key)).kind, 'miss');
          assert.deepEqual(await storedUsage(store), usage);
          refused += 1;
        }
      }
      assert.equal(refused, 5);
      assert(stored.length > 3, `${stored.length} were stored`);
      for (const { key, bytes } of stored) assert.deepEqual(await readEntry(store, key), bytes);
      assert.deepEqual((await inspectStore(dir)).strayFiles, []);

      // Room comes back, by a purge, and with it the service.
      for (const { key } of stored.splice(0, Math.ceil(stored.length / 2))) {
        await store.purge({ what: 'key', key }, { signal: patient });
      }
      const late = sampleBlob(sizeBytes);
      await store.write(late.key, late.bytes, { signal: patient });
      assert.deepEqual(await readEntry(store, late.key), late.bytes);
      await store.close();

      const { contradictions, strayFiles, ledgerRows } = await inspectStore(dir);
      assert.deepEqual([contradictions, strayFiles, ledgerRows], [[], [], 0]);
    });
  });
}

test('on a full disk that others filled, concurrent writers are all refused or all kept', async (t) => {
  await onSmallDisk(t.skip.bind(t), async (dir) => {
    const store = await openEmbeddedStore({ dir, maxBytes: 0 });
    const first = sampleBlob(500);
    await store.write(first.key, first.bytes, { signal: patient });
    const filler = join(dir, 'filler');
    try {
      writeFileSync(filler, Buffer.alloc(diskBytes));
    } catch {
      // It took what there was.
    }
    const samples = Array.from({ length: 60 }, (_, index) =>
      sampleBlob(index % 2 ? 6_000 : 90_000),
    );
    const outcomes = await Promise.allSettled(
      samples.map(({ key, bytes }) => store.write(key, bytes, { signal: patient })),
    );
    let refused = 0;
    for (const [index, outcome] of outcomes.entries()) {
      const found = await store.find(samples[index]!.key);
      assert.equal(found.kind, outcome.status === 'fulfilled' ? 'hit' : 'miss');
      if (outcome.status === 'fulfilled') continue;
      refused += 1;
      assert.equal((outcome.reason as CacheError).code, 'store_full');
    }
    assert(refused > 30, `${refused} were refused`);
    assert.deepEqual(await readEntry(store, first.key), first.bytes);
    rmSync(filler);
    const late = sampleBlob(60_000);
    await store.write(late.key, late.bytes, { signal: patient });
    assert.deepEqual(await readEntry(store, late.key), late.bytes);
    await store.close();
    const { contradictions, strayFiles } = await inspectStore(dir);
    assert.deepEqual([contradictions, strayFiles], [[], []]);
  });
});
