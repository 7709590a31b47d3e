import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { type Sha256, sha256Of } from '../core/index.ts';
import { createMemoryStore } from '../storage/drivers/memory/index.ts';
import type { EntryKey } from '../storage/index.ts';
import { callerOf } from '../testing/caller.ts';
import { actionResultTrees, referencesMax, treeReferences } from './action-result-references.ts';
import { createCache } from './create-cache.ts';

const action: EntryKey = { space: 'ac', namespace: '', key: 'k' };

describe('an action result with a directory', () => {
  for (const sizeOfTree of ['small', 'in pieces'] as const) {
    test(`is a miss once a file of it is gone (${sizeOfTree})`, async () => {
      const files = sizeOfTree === 'small' ? ['a', 'b'] : names(9000);
      const cache = createCache({ store: createMemoryStore({ maxBytes: 0 }) });
      for (const file of files) await putBlob(cache, Buffer.from(file));
      const result = await putResult(cache, [treeOf(files.slice(1), files.slice(0, 1))]);
      assert.equal((await cache.get(action, callerOf())).kind, 'hit');
      await remove(cache, files[0]!);
      assert.equal((await cache.get(action, callerOf())).kind, 'miss');
      await putBlob(cache, Buffer.from(files[0]!));
      assert.equal((await cache.get(action, callerOf())).kind, 'hit');
      await remove(cache, files.at(-1)!);
      assert.equal(
        (await cache.get(action, callerOf())).kind,
        'miss',
        'a file of a child directory',
      );
      assert.ok(result.length > 0);
    });
  }

  test('keeps its files from being evicted before it', async () => {
    const store = createMemoryStore({ maxBytes: 40_000 });
    const cache = createCache({ store });
    await putBlob(cache, Buffer.from('precious'));
    await putResult(cache, [treeOf(['precious'], [])]);
    for (let round = 0; round < 40; round += 1) {
      await putBlob(cache, Buffer.alloc(2000, String(round)));
      assert.equal((await cache.get(action, callerOf())).kind, 'hit', `round ${round}`);
    }
    assert.ok((await cache.usage()).evictedEntries > 0);
    const precious: EntryKey = { space: 'cas', hash: hashOf('precious') };
    assert.deepEqual(await cache.missing([precious], callerOf()), [false]);
  });

  test('counts only what it names itself if its tree is invalid or too large', async () => {
    const many = treeOf(names(referencesMax + 1), []);
    for (const tree of [Buffer.from('no tree'), many]) {
      const cache = createCache({ store: createMemoryStore({ maxBytes: 0 }) });
      await putResult(cache, [tree]);
      assert.equal((await cache.get(action, callerOf())).kind, 'hit');
    }
  });

  test('counts for itself where its tree comes later', async () => {
    const cache = createCache({ store: createMemoryStore({ maxBytes: 0 }) });
    const tree = treeOf(['never stored'], []);
    await cache.put(action, callerOf(), resultOf([tree]), { signal: signal() });
    assert.equal((await cache.get(action, callerOf())).kind, 'miss');
    await putBlob(cache, tree);
    assert.equal((await cache.get(action, callerOf())).kind, 'hit');
  });

  test('is not looked into where references are not checked', async () => {
    const store = createMemoryStore({ maxBytes: 0 });
    const cache = createCache({ store, checkReferences: false });
    await putResult(cache, [treeOf(['never stored'], [])]);
    assert.equal((await cache.get(action, callerOf())).kind, 'hit');
  });
});

test('trees and their files are distinguished from other outputs', () => {
  const tree = treeOf(['x', 'y'], ['z']);
  assert.deepEqual(actionResultTrees(resultOf([tree])), [sha256Of(tree)]);
  assert.deepEqual(new Set(treeReferences(tree)), new Set(['x', 'y', 'z'].map(hashOf)));
});

type Cache = ReturnType<typeof createCache>;

function signal(): AbortSignal {
  return AbortSignal.timeout(10_000);
}

function names(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `file ${index}`);
}

function hashOf(content: string): Sha256 {
  return sha256Of(content);
}

async function putBlob(cache: Cache, bytes: Uint8Array): Promise<void> {
  await cache.put({ space: 'cas', hash: sha256Of(bytes) }, callerOf(), bytes, { signal: signal() });
}

async function putResult(cache: Cache, trees: readonly Uint8Array[]): Promise<Uint8Array> {
  for (const tree of trees) await putBlob(cache, tree);
  const result = resultOf(trees);
  await cache.put(action, callerOf(), result, { signal: signal() });
  return result;
}

async function remove(cache: Cache, content: string): Promise<void> {
  const key = { space: 'cas', hash: hashOf(content) } as const;
  await cache.purge({ what: 'key', key }, callerOf(), { signal: signal() });
}

/** ActionResult with `output_directories` (3), each with `tree_digest` (3). */
function resultOf(trees: readonly Uint8Array[]): Uint8Array {
  const writer = new BinaryWriter();
  for (const tree of trees) {
    writer.tag(3, WireType.LengthDelimited).fork();
    writeDigest(writer, 3, sha256Of(tree), tree.byteLength);
    writer.join();
  }
  return writer.finish();
}

/** Tree with `root` (1) and one of `children` (2), each a Directory with `files` (1): FileNode, `digest` (2). */
function treeOf(inRoot: readonly string[], inChild: readonly string[]): Uint8Array {
  const writer = new BinaryWriter();
  for (const [field, contents] of [
    [1, inRoot],
    [2, inChild],
  ] as const) {
    writer.tag(field, WireType.LengthDelimited).fork();
    for (const content of contents) {
      writer.tag(1, WireType.LengthDelimited).fork();
      writer.tag(1, WireType.LengthDelimited).string('name');
      writeDigest(writer, 2, hashOf(content), content.length);
      writer.join();
    }
    // A tree names subdirectories, too, and these are not blobs.
    writer.tag(2, WireType.LengthDelimited).fork();
    writeDigest(writer, 2, hashOf('a directory'), 11);
    writer.join();
    writer.join();
  }
  return writer.finish();
}

function writeDigest(writer: BinaryWriter, field: number, hash: Sha256, sizeBytes: number): void {
  writer.tag(field, WireType.LengthDelimited).fork();
  writer.tag(1, WireType.LengthDelimited).string(hash);
  writer.tag(2, WireType.Varint).int64(sizeBytes);
  writer.join();
}
