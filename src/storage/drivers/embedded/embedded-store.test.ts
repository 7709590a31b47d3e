import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CacheErrorCode } from '../../../core/index.ts';
import { CacheError, sha256Of } from '../../../core/index.ts';
import {
  actionKey,
  assertFlatMemory,
  describeStore,
  inPieces,
  patient,
  readEntry,
  readStream,
  type StoreUnderTestOptions,
  sampleBlob,
} from '../../conformance/index.ts';
import type { EntryKey, Store } from '../../store.ts';
import { embeddedDriver } from './driver.ts';
import type { EmbeddedStore } from './embedded-store.ts';
import { entryCostBytes } from './entry-cost.ts';
import { openEmbeddedStore } from './open.ts';
import { defaultInlineBytesMax, type EmbeddedStoreOptions } from './options.ts';
import { inspectStore } from './testing/inspect.ts';

const made: string[] = [];
after(() => {
  for (const dir of made) rmSync(dir, { recursive: true, force: true });
});

function freshDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'memobuild-store-'));
  made.push(dir);
  return dir;
}

/** Opens a store that notes every use at once and removes files soon. */
function openEager(
  options: Partial<EmbeddedStoreOptions> & { dir: string },
): Promise<EmbeddedStore> {
  return openEmbeddedStore({ maxBytes: 0, unlinkDelayMs: 1, usedAtResolutionMs: 0, ...options });
}

/** Waits until deferred unlinking is over, and counts the files that are left over. */
async function strayFiles(dir: string, durability?: 'process' | 'power'): Promise<number> {
  let count = 0;
  for (let attempt = 0; attempt < 100; attempt += 1) {
    count = (await inspectStore(dir, durability)).strayFiles.length;
    if (count === 0) break;
    await sleep(10);
  }
  return count;
}

for (const durability of ['process', 'power'] as const) {
  const dirs = new Map<Store, string>();
  const openIn = async (dir: string, options: StoreUnderTestOptions): Promise<Store> => {
    const store = await openEager({ ...options, dir, durability });
    dirs.set(store, dir);
    return store;
  };
  describeStore(`the embedded store, durability ${durability}`, embeddedDriver, {
    open: async (options) => await openIn(freshDir(), options),
    openBeside: async (store, options) => await openIn(dirs.get(store) ?? '', options),
    leftovers: async (store) => await strayFiles(dirs.get(store) ?? '', durability),
    costBytes: (sizeBytes) =>
      entryCostBytes(
        {
          isFile: sizeBytes > defaultInlineBytesMax,
          sizeBytes,
          sha256: undefined,
          checksums: Buffer.alloc(0),
          references: Buffer.alloc(0),
          storedBy: Buffer.alloc(0),
        },
        33,
      ),
  });
}

test('memory stays flat while 192 MiB pass', async () => {
  const store = await openEager({ dir: freshDir() });
  await assertFlatMemory(store, 192 * 2 ** 20);
  await store.close();
});

test('what was stored is there after closing and opening', async () => {
  const dir = freshDir();
  const samples = [sampleBlob(100), sampleBlob(100_000), sampleBlob(0)];
  const first = await openEager({ dir });
  for (const { key, bytes } of samples) await first.write(key, bytes, { signal: patient });
  const usage = await first.usage();
  await first.close();
  const second = await openEager({ dir });
  for (const { key, bytes } of samples) assert.deepEqual(await readEntry(second, key), bytes);
  // What was leased for bodies under way ends with the process that leased it.
  assert.deepEqual(await second.usage(), { ...usage, reservedBytes: 0 });
  await second.close();
  const { contradictions, strayFiles: strays, ledgerRows, owners } = await inspectStore(dir);
  assert.deepEqual([contradictions, strays, ledgerRows, owners], [[], [], 0, 0]);
});

test('the bound still holds and the index is whole after much traffic', async () => {
  const dir = freshDir();
  const maxBytes = 3_000_000;
  const store = await openEager({ dir, maxBytes });
  const keys: EntryKey[] = [];
  await Promise.all(
    Array.from({ length: 8 }, async (_, writer) => {
      for (let round = 0; round < 60; round += 1) {
        const { key, bytes, digest } = sampleBlob([50, 3_000, 30_000, 120_000][round % 4]!);
        await store.write(key, inPieces(bytes, 20_000), { signal: patient });
        await store.write(actionKey(`${writer} ${round % 7}`), bytes.subarray(0, 40), {
          references: () => ({ digests: [digest], isComplete: true }),
          signal: patient,
        });
        keys.push(key);
        await store.find(keys[(round * 31) % keys.length]!);
        if (round % 20 === 5) {
          await store.purge(
            { what: 'key', key: keys[(round * 17) % keys.length]! },
            { signal: patient },
          );
        }
        const { sizeBytes } = await store.usage();
        assert(sizeBytes <= maxBytes, `${sizeBytes} bytes`);
      }
    }),
  );
  assert((await store.usage()).evictedEntries > 100);
  await store.close();
  const { contradictions, strayFiles: strays, ledgerRows } = await inspectStore(dir);
  assert.deepEqual([contradictions, strays, ledgerRows], [[], [], 0]);
});

test('bodies under way in several stores take no more of the disk than the bound and what waits to be unlinked', async () => {
  const dir = freshDir();
  const maxBytes = 5 * 2 ** 20;
  const stores = [await openEager({ dir, maxBytes }), await openEager({ dir, maxBytes })];
  for (let index = 0; index < 20; index += 1) {
    const { key, bytes } = sampleBlob(200_000);
    await stores[index % 2]!.write(key, bytes, { signal: patient });
  }
  const stop = new AbortController();
  let most = 0;
  const writes = Array.from({ length: 4 }, async (_, index) => {
    const { key, bytes } = sampleBlob(4 * 2 ** 20);
    async function* source(): AsyncGenerator<Uint8Array> {
      for await (const piece of inPieces(bytes.subarray(1), 65_536)) {
        yield piece;
        most = Math.max(most, blobBytes(dir));
      }
      await new Promise(() => {});
    }
    await stores[index % 2]!.write(key, source(), { signal: stop.signal }).catch(() => {});
  });
  for (let turns = 0; turns < 200 && most < 4 * 2 ** 20 - 1; turns += 1) await sleep(10);
  const { sizeBytes, reservedBytes } = await stores[0]!.usage();
  assert(sizeBytes + reservedBytes <= maxBytes, `${sizeBytes} and ${reservedBytes} bytes`);
  assert(most > 2 ** 20 && most <= maxBytes + maxBytes / 16 + 2 ** 20, `${most} bytes on the disk`);
  stop.abort();
  await Promise.all(writes);
  for (const store of stores) await store.close();
  const { contradictions, strayFiles: strays, ledgerRows } = await inspectStore(dir);
  assert.deepEqual([contradictions, strays, ledgerRows], [[], [], 0]);
});

const damages: { name: string; damage(file: string): void }[] = [
  { name: 'gone', damage: unlinkSync },
  { name: 'cut short', damage: (file) => truncateSync(file, 99_999) },
  { name: 'longer', damage: (file) => writeFileSync(file, 'more', { flag: 'a' }) },
];
for (const { name, damage } of damages) {
  test(`a file that is ${name} is damaged at open`, async () => {
    const dir = freshDir();
    const store = await openEager({ dir });
    const { key, bytes } = sampleBlob(100_000);
    await store.write(key, bytes, { signal: patient });
    const found = await store.find(key);
    assert(found.kind === 'hit');
    damage(onlyFile(dir));
    await assert.rejects(found.open({ signal: patient }), withCode('damaged'));
    assert.equal(await store.dropDamaged(key, found.info.generation), true);
    await store.close();
  });
}

test('no descriptor stays open, however a reader ends', {
  skip: !existsSync('/proc/self/fd') && 'there is no /proc to look into',
}, async () => {
  const dir = freshDir();
  const store = await openEager({ dir });
  const { key, bytes } = sampleBlob(2_000_000);
  await store.write(key, bytes, { signal: patient });
  const openBlobs = (): number =>
    readdirSync('/proc/self/fd').filter((fd) => linkOf(fd).startsWith(join(dir, 'blobs'))).length;
  for (const how of ['to the end', 'return at once', 'break', 'abort', 'abort while reading']) {
    const found = await store.find(key);
    assert(found.kind === 'hit');
    const controller = new AbortController();
    const source = await found.open({ signal: controller.signal });
    assert.equal(openBlobs(), 1, how);
    const iterator = source[Symbol.asyncIterator]();
    if (how === 'to the end') for await (const chunk of source) assert(chunk.byteLength > 0);
    if (how === 'return at once') await iterator.return?.();
    if (how === 'break') for await (const chunk of source) if (chunk.byteLength > 0) break;
    if (how === 'abort') controller.abort();
    if (how === 'abort while reading') {
      const reading = iterator.next();
      controller.abort();
      await assert.rejects(reading, withCode('aborted'));
    }
    for (let attempt = 0; attempt < 100 && openBlobs() > 0; attempt += 1) await sleep(5);
    assert.equal(openBlobs(), 0, how);
  }
  await store.close();
});

test('who found an entry can open it although it is replaced with the same bytes', async () => {
  const store = await openEager({ dir: freshDir() });
  const { key, bytes } = sampleBlob(100_000);
  await store.write(key, bytes, { signal: patient });
  const found = await store.find(key);
  assert(found.kind === 'hit');
  await store.write(key, bytes, { signal: patient });
  await sleep(50);
  assert.deepEqual(await readStream(found), bytes);
  await store.close();
});

test('after a power cut the store starts empty, and only then', async () => {
  const dir = freshDir();
  const { key, bytes } = sampleBlob(100_000);
  const first = await openEager({ dir });
  await first.write(key, bytes, { signal: patient });
  assert(readdirSync(dir).includes('BOOT'));
  await first.close();
  assert(!readdirSync(dir).includes('BOOT'), 'a store closed in good order is marked whole');
  writeFileSync(join(dir, 'BOOT'), 'another boot of this machine');
  const second = await openEager({ dir });
  assert.equal((await second.find(key)).kind, 'miss');
  assert.equal((await second.usage()).entries, 0);
  await second.write(key, bytes, { signal: patient });
  assert.deepEqual(await readEntry(second, key), bytes);
  await second.close();
});

test('two stores in one process see each other at once', async () => {
  const dir = freshDir();
  const [one, other] = [await openEager({ dir }), await openEager({ dir })];
  for (let round = 0; round < 200; round += 1) {
    const key = actionKey(`round ${round % 5}`);
    const bytes = randomBytes(20);
    assert.equal((await other.find(actionKey('never'))).kind, 'miss');
    await one.write(key, bytes, { signal: patient });
    const found = await other.find(key);
    assert(found.kind === 'hit');
    assert.equal(found.info.sha256, sha256Of(bytes));
  }
  await one.close();
  await other.close();
});

function linkOf(fd: string): string {
  try {
    return readlinkSync(join('/proc/self/fd', fd));
  } catch {
    return '';
  }
}

function blobBytes(dir: string): number {
  let sizeBytes = 0;
  for (const entry of readdirSync(join(dir, 'blobs'), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    sizeBytes += statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0;
  }
  return sizeBytes;
}

function onlyFile(dir: string): string {
  const files = readdirSync(join(dir, 'blobs'), { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile(),
  );
  assert.equal(files.length, 1);
  return join(files[0]!.parentPath, files[0]!.name);
}

function withCode(code: CacheErrorCode): (error: unknown) => boolean {
  return (error) => {
    assert(error instanceof CacheError, String(error));
    assert.equal(error.code, code);
    return true;
  };
}
