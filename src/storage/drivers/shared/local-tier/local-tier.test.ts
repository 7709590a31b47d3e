import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import type { Cleanup } from '../../../../testing/cleanup.ts';
import { startEngines } from '../../../../testing/start-engines.ts';
import { needsRedis } from '../../../../testing/start-redis.ts';
import { tempDir } from '../../../../testing/temp-dir.ts';
import { patient, readEntry, sampleBlob } from '../../../conformance/samples.ts';
import type { Store } from '../../../store.ts';
import { openEmbeddedStore } from '../../embedded/index.ts';
import { openSharedStore } from '../open.ts';
import type { SharedStoreOptions } from '../options.ts';

describe('a local tier over a real Redis and an S3 server', needsRedis, () => {
  const t: Cleanup = { after };
  const engines = startEngines(t);
  const warnings: string[] = [];
  process.on('warning', ({ message }) => warnings.push(message));
  const keyPrefix = randomUUID();

  const open = async (
    t: Cleanup,
    dir: string | undefined,
    options: Partial<SharedStoreOptions> = {},
  ): Promise<Store> => {
    const store = await openSharedStore({
      ...(await engines)!.optionsFor(keyPrefix),
      localTier: dir === undefined ? undefined : { dir, maxBytes: 2 ** 26, fetchWaitMs: 60_000 },
      ...options,
    });
    t.after(() => store.close());
    return store;
  };
  /** What another node has written, and how many requests S3 has had by then. */
  const written = async (
    t: Cleanup,
    sizeBytes: number,
  ): Promise<ReturnType<typeof sampleBlob> & { asked: number }> => {
    const store = await open(t, undefined);
    const sample = sampleBlob(sizeBytes);
    await store.write(sample.key, sample.bytes, { signal: patient });
    return { ...sample, asked: (await engines)!.s3.requests };
  };
  const requestsSince = async (asked: number): Promise<number> =>
    (await engines)!.s3.requests - asked;

  for (const sizeBytes of [40_000, 400_000, 2_500_000]) {
    test(`a body of ${sizeBytes} bytes is fetched once, by whichever process and however many ask`, async (t) => {
      const { key, bytes, asked } = await written(t, sizeBytes);
      const dir = await tempDir(t);
      const [one, other] = [await open(t, dir), await open(t, dir)];
      const reads = Array.from({ length: 10 }, (_, index) =>
        readEntry(index % 2 === 0 ? one : other, key),
      );
      for (const read of await Promise.all(reads)) assert.deepEqual(read, bytes);
      assert.equal(await requestsSince(asked), 1);
      const found = await other.find(key);
      assert(found.kind === 'hit');
      const range = { offsetBytes: 30_001, lengthBytes: 9_000, signal: patient };
      const pieces: Uint8Array[] = [];
      for await (const piece of await found.open(range)) pieces.push(piece);
      assert.deepEqual(Buffer.concat(pieces), bytes.subarray(30_001, 39_001));
      assert.equal(await requestsSince(asked), 1);
    });
  }

  test('many bodies are fetched at once', async (t) => {
    const writer = await open(t, undefined);
    const samples = Array.from({ length: 30 }, () => sampleBlob(40_000));
    for (const { key, bytes } of samples) await writer.write(key, bytes, { signal: patient });
    const store = await open(t, await tempDir(t));
    const asked = (await engines)!.s3.requests;
    const reads = await Promise.all(samples.map(({ key }) => readEntry(store, key)));
    for (const [at, { bytes }] of samples.entries()) assert.deepEqual(reads[at], bytes);
    assert.equal(await requestsSince(asked), 30);
    assert.deepEqual(warnings, []);
  });

  test('a part is read from S3 where the body is not there, and does not bring the body', async (t) => {
    const { key, bytes, asked } = await written(t, 900_000);
    const store = await open(t, await tempDir(t));
    const found = await store.find(key);
    assert(found.kind === 'hit');
    const pieces: Uint8Array[] = [];
    const range = { offsetBytes: 5, lengthBytes: 20, signal: patient };
    for await (const piece of await found.open(range)) pieces.push(piece);
    assert.deepEqual(Buffer.concat(pieces), bytes.subarray(5, 25));
    assert.equal(await requestsSince(asked), 1);
    assert.deepEqual(await readEntry(store, key), bytes);
    assert.equal(await requestsSince(asked), 2);
  });

  test('what the index no longer has is not answered from the tier', async (t) => {
    const { key, bytes } = await written(t, 50_000);
    const store = await open(t, await tempDir(t));
    assert.deepEqual(await readEntry(store, key), bytes);
    await (await open(t, undefined)).purge({ what: 'key', key }, { signal: patient });
    assert.equal((await store.find(key)).kind, 'miss');
  });

  for (const sizeBytes of [40_000, 2_500_000]) {
    test(`a damaged body of ${sizeBytes} bytes is read on from S3, and the entry stays`, async (t) => {
      const { key, bytes, asked } = await written(t, sizeBytes);
      const dir = await tempDir(t);
      // In files, which can be damaged.
      const kept = await openEmbeddedStore({ dir, maxBytes: 0, inlineBytesMax: 0 });
      await kept.write(key, bytes, { signal: patient });
      await kept.close();
      assert.equal(await damageFiles(dir, bytes), 1);
      const store = await open(t, dir);
      assert.deepEqual(await readEntry(store, key), bytes);
      assert.equal(await requestsSince(asked), 1);
      assert.deepEqual(await readEntry(store, key), bytes);
      assert.equal(await requestsSince(asked), 2, 'what was damaged is gone, and fetched again');
      assert.deepEqual(await readEntry(store, key), bytes);
      assert.equal(await requestsSince(asked), 2);
    });
  }

  test('its loss loses nothing', async (t) => {
    const { key, bytes } = await written(t, 70_000);
    const dir = await tempDir(t);
    const store = await open(t, dir);
    assert.deepEqual(await readEntry(store, key), bytes);
    await store.close();
    await rm(dir, { recursive: true });
    assert.deepEqual(await readEntry(await open(t, dir), key), bytes);
  });

  test('a body that is too large for it, or that it has no room for, is read all the same', async (t) => {
    const { key, bytes, asked } = await written(t, 600_000);
    const localTier = { dir: await tempDir(t), maxBytes: 2 ** 20 };
    const store = await open(t, undefined, { localTier });
    assert.deepEqual(await readEntry(store, key), bytes);
    assert.deepEqual(await readEntry(store, key), bytes);
    assert.equal(await requestsSince(asked), 2);
  });

  test('who has waited for a fetch for long reads from S3 directly', async (t) => {
    const { key, bytes } = await written(t, 3_000_000);
    const localTier = { dir: await tempDir(t), maxBytes: 0, fetchWaitMs: 0 };
    const store = await open(t, undefined, { localTier });
    const s3 = (await engines)!.s3;
    s3.fault = 'silent';
    t.after(() => {
      s3.fault = undefined;
    });
    const found = await store.find(key);
    assert(found.kind === 'hit');
    const opened = await found.open({ signal: patient });
    s3.fault = undefined;
    const pieces: Uint8Array[] = [];
    for await (const piece of opened) pieces.push(piece);
    assert.deepEqual(Buffer.concat(pieces), bytes);
  });

  test('who gives up does not end the fetch for others', async (t) => {
    const { key, bytes, asked } = await written(t, 3_000_000);
    const store = await open(t, await tempDir(t));
    const found = await store.find(key);
    assert(found.kind === 'hit');
    const end = new AbortController();
    const given = found.open({ signal: end.signal });
    const read = readEntry(store, key);
    end.abort();
    await assert.rejects(given, { code: 'aborted' });
    assert.deepEqual(await read, bytes);
    assert.equal(await requestsSince(asked), 1);
  });
});

/** Changes the last byte of each file that holds these bytes. @returns how many there are. */
async function damageFiles(dir: string, bytes: Buffer): Promise<number> {
  let damaged = 0;
  for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const content = await readFile(path);
    if (!content.equals(bytes)) continue;
    content[content.length - 1] = (content.at(-1) ?? 0) ^ 1;
    await writeFile(path, content);
    damaged += 1;
  }
  return damaged;
}
