import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { CacheError, sha256Of } from '../../../core/index.ts';
import { damageFile } from '../../../testing/damage-file.ts';
import { tempDir } from '../../../testing/temp-dir.ts';
import { patient, readEntry } from '../../conformance/index.ts';
import { entryKeyBytes } from '../../entry-key-bytes.ts';
import type { BlobKey, EntryKey, Lookup, StoredEntry } from '../../store.ts';
import { CommitGate } from './commit-gate.ts';
import { decodeRecord, encodeRecord } from './entry-record.ts';
import { openEnvironment } from './environment.ts';
import { formatVersion, layoutOf } from './layout.ts';
import { openEmbeddedStore } from './open.ts';
import { inspectStore } from './testing/inspect.ts';

/** The entries of `testing/format-1.tar.gz`, a store that version 0.2.0 wrote before formats had a number above 1. */
const small = Buffer.from('a small blob');
const inFile = Buffer.alloc(100_000, 'a line of text\n');
const large = Buffer.alloc(3_000_000, 'a line of text\n');
const other = Buffer.alloc(80_000, 'a line of text\n');
const resultKey: EntryKey = { space: 'ac', namespace: 'team', key: 'result' };
const otherKey: EntryKey = { space: 'ac', namespace: 'team', key: 'other' };

const keyOf = (bytes: Uint8Array): BlobKey => ({ space: 'cas', hash: sha256Of(bytes) });

async function earlierStore(t: TestContext): Promise<string> {
  const dir = await tempDir(t);
  const archive = new URL('testing/format-1.tar.gz', import.meta.url);
  execFileSync('tar', ['-xzf', fileURLToPath(archive), '-C', dir]);
  return dir;
}

function hit(found: Lookup): StoredEntry {
  assert.equal(found.kind, 'hit');
  return found as StoredEntry;
}

async function readPart(
  entry: StoredEntry,
  offsetBytes: number,
  lengthBytes: number,
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  const source = await entry.open({ offsetBytes, lengthBytes, signal: patient });
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const isDamaged = (error: unknown): boolean =>
  error instanceof CacheError && error.code === 'damaged';

test('a store of format 1 is opened with all that is in it, and takes new entries', async (t) => {
  const dir = await earlierStore(t);
  const store = await openEmbeddedStore({ dir, maxBytes: 0, usedAtResolutionMs: 0 });
  assert.equal(readFileSync(join(dir, 'FORMAT'), 'utf8'), `memobuild-store ${formatVersion}\n`);
  for (const bytes of [small, inFile, large]) {
    assert.deepEqual(await readEntry(store, keyOf(bytes)), bytes);
  }
  assert.deepEqual(await readEntry(store, otherKey), other);
  const { references } = hit(await store.find(resultKey)).info;
  assert.equal(references.isComplete, false, 'format 1 did not look into every directory');
  assert.deepEqual(references.keys(0, 9), [small, inFile, large].map(keyOf));
  const added = Buffer.from('new');
  await store.write(keyOf(added), added, { signal: patient });
  assert.deepEqual(await readEntry(store, keyOf(added)), added);
  await store.setReferences(resultKey, hit(await store.find(resultKey)).info.generation, {
    digests: [{ hash: sha256Of(small), sizeBytes: small.byteLength }],
    isComplete: true,
  });
  const rewritten = hit(await store.find(resultKey)).info.references;
  assert.deepEqual(
    [rewritten.isComplete, rewritten.keys(0, 9)],
    [true, [{ ...keyOf(small), sizeBytes: small.byteLength }]],
  );
  await store.close();
  const { entries, contradictions, strayFiles } = await inspectStore(dir);
  assert.deepEqual([entries, contradictions, strayFiles], [6, [], []]);
});

test('a large body of format 1 is proven before a part of it is read, and has checksums after', async (t) => {
  const dir = await earlierStore(t);
  const store = await openEmbeddedStore({ dir, maxBytes: 0 });
  const key = keyOf(large);
  const parts = await Promise.all(
    [0, 1].map(async () => readPart(hit(await store.find(key)), 2_000_000, 20)),
  );
  for (const part of parts) assert.deepEqual(part, large.subarray(2_000_000, 2_000_020));
  damageFile(dir, 2_100_000, (body) => body.byteLength === large.byteLength);
  const entry = hit(await store.find(key));
  assert.deepEqual(await readPart(entry, 10, 20), large.subarray(10, 30), 'only what is read');
  await assert.rejects(readPart(entry, 2_000_000, 200_000), isDamaged);
  await store.close();
});

test('a damaged body of format 1 is found before any part of it is handed over', async (t) => {
  const dir = await earlierStore(t);
  damageFile(dir, 2_999_999, (body) => body.byteLength === large.byteLength);
  const store = await openEmbeddedStore({ dir, maxBytes: 0 });
  const entry = hit(await store.find(keyOf(large)));
  await assert.rejects(readPart(entry, 0, 20), isDamaged);
  await store.close();
});

test('a store of format 1 that an earlier version has open is not joined', async (t) => {
  const dir = await earlierStore(t);
  const layout = layoutOf(dir);
  const holder = await openEnvironment(dir, 'process');
  await holder.release();
  writeFileSync(layout.formatFile, 'memobuild-store 1\n');
  // The lock by which a version with a commit gate shows that it uses the store.
  const gate = CommitGate.open(layout);
  await gate.opening(() => {});
  await assert.rejects(
    openEmbeddedStore({ dir, maxBytes: 0 }),
    /in use by a process of an earlier version/,
  );
  assert.equal(readFileSync(layout.formatFile, 'utf8'), 'memobuild-store 1\n');
  gate.close();
  await (await openEmbeddedStore({ dir, maxBytes: 0 })).close();
});

test('a store of a newer format is refused by name', async (t) => {
  const dir = await tempDir(t);
  writeFileSync(join(dir, 'FORMAT'), `memobuild-store ${formatVersion + 1}\n`);
  await assert.rejects(openEmbeddedStore({ dir, maxBytes: 0 }), (error) => {
    assert.ok(error instanceof CacheError && error.code === 'unavailable');
    assert.match(
      error.message,
      new RegExp(
        `has format ${formatVersion + 1}, written by a newer MemoBuild; this one reads up to ` +
          `format ${formatVersion}: use the newer program or another directory`,
      ),
    );
    return true;
  });
});

test('who stored an entry stays with it, and a body in an unknown encoding is absent', async (t) => {
  const dir = await tempDir(t);
  const store = await openEmbeddedStore({ dir, maxBytes: 0 });
  const storedBy = { principal: 'ci', namespace: 'team' };
  await store.write(keyOf(small), small, { storedBy, signal: patient });
  const env = await openEnvironment(dir, 'process');
  const key = entryKeyBytes(keyOf(small));
  const record = decodeRecord(env.entries.getBinary(key) ?? Buffer.alloc(0));
  assert.equal(Buffer.from(record.storedBy).toString(), 'ci\0team');
  const plain = encodeRecord(record);
  // An encoded body's record says how large the body is where it lies, ahead of who stored it.
  const storedBytes = Buffer.alloc(8);
  storedBytes.writeDoubleLE(small.byteLength);
  const storedByAt = plain.byteLength - record.storedBy.byteLength;
  const encoded = Buffer.concat([
    plain.subarray(0, storedByAt),
    storedBytes,
    plain.subarray(storedByAt),
  ]);
  encoded[2] = 1;
  await env.transaction(() => env.entries.putSync(key, encoded));
  assert.equal((await store.find(keyOf(small))).kind, 'miss');
  assert.deepEqual(await store.missing([keyOf(small)]), [true]);
  await store.write(keyOf(small), small, { signal: patient });
  assert.deepEqual(await readEntry(store, keyOf(small)), small);
  await env.release();
  await store.close();
});
