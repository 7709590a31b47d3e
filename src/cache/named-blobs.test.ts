import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { type Sha256, sha256Of } from '../core/index.ts';
import { isCacheError } from '../storage/conformance/index.ts';
import { createMemoryStore } from '../storage/drivers/memory/index.ts';
import type { EntryKey, Store } from '../storage/index.ts';
import { boundStore } from '../testing/bound-store.ts';
import { callerOf } from '../testing/caller.ts';
import {
  actionResultReferences,
  directoryReferences,
  treeReferences,
} from './action-result-references.ts';
import { createCache } from './create-cache.ts';
import { referencesMax } from './named-blobs.ts';

const action: EntryKey = { space: 'ac', namespace: '', key: 'k' };

describe('an action result with a directory', () => {
  for (const sizeOfTree of ['small', 'in pieces'] as const) {
    test(`is a miss once a file of it is gone (${sizeOfTree})`, async () => {
      const files = sizeOfTree === 'small' ? ['a', 'b'] : names(9000);
      const cache = createCache({ store: createMemoryStore({ maxBytes: 0 }) });
      for (const file of files) await putBlob(cache, Buffer.from(file));
      const result = await putResult(cache, [treeOf(files.slice(1), files.slice(0, 1))]);
      assert.equal((await cache.get(action, callerOf())).kind, 'hit');
      await remove(cache, hashOf(files[0]!));
      assert.equal((await cache.get(action, callerOf())).kind, 'miss');
      await putBlob(cache, Buffer.from(files[0]!));
      assert.equal((await cache.get(action, callerOf())).kind, 'hit');
      await remove(cache, hashOf(files.at(-1)!));
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

  test('counts only what it names itself if its tree is not one', async () => {
    const cache = createCache({ store: createMemoryStore({ maxBytes: 0 }) });
    await putResult(cache, [Buffer.from('no tree')]);
    assert.equal((await cache.get(action, callerOf())).kind, 'hit');
  });

  test('is refused if it names more than is looked after', async () => {
    const cache = createCache({ store: createMemoryStore({ maxBytes: 0 }) });
    const half = Math.ceil(referencesMax / 2) + 1;
    const trees = [treeOf(names(half), []), treeOf(names(half, 'other'), [])];
    await assert.rejects(putResult(cache, trees), (error) => isCacheError(error, 'too_large'));
    assert.equal((await cache.get(action, callerOf())).kind, 'miss');
  });

  test('is not looked into where references are not checked', async () => {
    const store = createMemoryStore({ maxBytes: 0 });
    const cache = createCache({ store, checkReferences: false });
    await putResult(cache, [treeOf(['never stored'], [])]);
    assert.equal((await cache.get(action, callerOf())).kind, 'hit');
  });
});

describe('whatever comes last', () => {
  const file = Buffer.from('a file');
  const inner = Buffer.from('a file below');
  const output = Buffer.from('what was printed');
  const sub = directoryOf([inner], []);
  const root = directoryOf([file], [sub]);
  const forms: readonly [string, Uint8Array, readonly Uint8Array[]][] = [
    ['a tree', resultOf([treeOf([file.toString()], [inner.toString()])]), []],
    ['a root directory alone', resultOf([], [root]), [root, sub]],
    ['both', resultOf([treeOf([file.toString()], [])], [root]), [root, sub]],
    ['a file', fileResult(file), []],
    ['standard output', message([6, digestOf(output)]), [output]],
    ['standard error', message([8, digestOf(output)]), [output]],
  ];
  for (const [name, result, more] of forms) {
    test(`a result with ${name} is a hit once all is there, and not before`, async () => {
      const tree = treeOf([file.toString()], [inner.toString()]);
      const flat = treeOf([file.toString()], []);
      const parts = [file, inner, tree, flat, ...more];
      for (let shift = 0; shift < parts.length; shift += 1) {
        const { cache, lookups } = counting();
        await cache.put(action, callerOf(), result, { signal: signal() });
        const needed = needs(result, parts);
        for (const part of [...parts.slice(shift), ...parts.slice(0, shift)]) {
          const expected = needed.size === 0 ? 'hit' : 'miss';
          assert.equal((await cache.head(action, callerOf())).kind, expected);
          assert.equal((await cache.get(action, callerOf())).kind, expected);
          await putBlob(cache, part);
          needed.delete(sha256Of(part));
        }
        assert.equal((await cache.get(action, callerOf())).kind, 'hit', `shifted by ${shift}`);
        // By now it is known what is named: no directory is read any more.
        lookups.finds = 0;
        assert.equal((await cache.get(action, callerOf())).kind, 'hit');
        assert.equal(lookups.finds, 1);
        for (const part of needs(result, parts)) {
          await remove(cache, part);
          assert.equal((await cache.get(action, callerOf())).kind, 'miss');
          await putBlob(cache, parts.find((bytes) => sha256Of(bytes) === part)!);
        }
        assert.equal((await cache.get(action, callerOf())).kind, 'hit');
      }
    });
  }

  test('a blob of another size than is named is absent', async () => {
    const { cache } = counting();
    await putBlob(cache, file);
    const wrong = message([2, message([2, message([1, sha256Of(file)], [2, 7])])]);
    await cache.put(action, callerOf(), wrong, { signal: signal() });
    assert.equal((await cache.get(action, callerOf())).kind, 'miss');
  });
});

test('a lookup ends at the first blob that is absent, and looks for all where none is', async () => {
  const { cache, lookups } = counting();
  const files = names(16_384).map((name) => Buffer.from(name));
  const whole = message(...files.map((bytes) => [2, message([2, digestOf(bytes)])] as const));
  await cache.put(action, callerOf(), whole, { signal: signal() });
  for (const [present, lookupsMax] of [
    [0, 1],
    [1, 2],
    [1_000, 1_257],
    [files.length, files.length],
  ] as const) {
    for (const bytes of files.slice(0, present)) await putBlob(cache, bytes);
    lookups.keys = 0;
    const expected = present === files.length ? 'hit' : 'miss';
    assert.equal((await cache.get(action, callerOf())).kind, expected);
    assert.ok(lookups.keys <= lookupsMax, `${lookups.keys} lookups with ${present} there`);
    if (present === files.length) assert.equal(lookups.keys, files.length);
  }
});

test('a result is looked into again only when something came', async () => {
  const { cache, lookups } = counting();
  const absent = treeOf(['never stored'], []);
  const trees = [...names(40).map((name) => treeOf([name], [])), absent];
  for (const name of names(40)) await putBlob(cache, Buffer.from(name));
  for (const tree of trees.slice(0, -1)) await putBlob(cache, tree);
  await cache.put(action, callerOf(), resultOf(trees), { signal: signal() });
  for (let round = 0; round < 3; round += 1) {
    lookups.finds = 0;
    lookups.keys = 0;
    assert.equal((await cache.get(action, callerOf())).kind, 'miss');
    assert.deepEqual(lookups, { finds: 1, keys: 1 });
  }
});

test('bodies that are not action results are stored whatever their size', async () => {
  const { cache } = counting();
  const body = Buffer.alloc(17 * 2 ** 20, 'text of another tool, ');
  await cache.put(action, callerOf(), pieces(body), { signal: signal() });
  const found = await cache.get(action, callerOf());
  assert.equal(found.kind === 'hit' && found.sizeBytes, body.byteLength);
});

test('an action result that is too large to be looked into is refused, announced or not', async () => {
  const { cache } = counting();
  const named = message([2, message([2, digestOf(Buffer.from('never stored'))])]);
  const body = Buffer.concat([named, message([5, Buffer.alloc(17 * 2 ** 20)])]);
  for (const write of [
    () => cache.put(action, callerOf(), body, { signal: signal() }),
    () => cache.put(action, callerOf(), pieces(body), { signal: signal() }),
    () =>
      cache.put(action, callerOf(), pieces(body), {
        sizeBytes: body.byteLength,
        signal: signal(),
      }),
  ]) {
    await assert.rejects(write(), (error) => isCacheError(error, 'too_large'));
    assert.equal((await cache.get(action, callerOf())).kind, 'miss');
  }
});

test('trees and their files are distinguished from other outputs', () => {
  const tree = treeOf(['x', 'y'], ['z']);
  const { trees } = actionResultReferences(resultOf([tree]));
  assert.deepEqual(trees, [{ hash: sha256Of(tree), sizeBytes: tree.byteLength }]);
  const files = ['x', 'y', 'z'].map((name) => ({ hash: hashOf(name), sizeBytes: 1 }));
  assert.deepEqual(treeReferences(tree), files);
});

type Cache = ReturnType<typeof createCache>;

function signal(): AbortSignal {
  return AbortSignal.timeout(10_000);
}

function names(count: number, prefix = 'file'): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix} ${index}`);
}

/** A cache over a store that counts how often it is asked. */
function counting(): { cache: Cache; lookups: { finds: number; keys: number } } {
  const memory = createMemoryStore({ maxBytes: 0 });
  const lookups = { finds: 0, keys: 0 };
  const store: Store = {
    ...boundStore(memory),
    find: (key) => {
      lookups.finds += 1;
      return memory.find(key);
    },
    missing: (keys) => {
      lookups.keys += keys.length;
      return memory.missing(keys);
    },
  };
  return { cache: createCache({ store }), lookups };
}

/** The hashes of those parts that a result names, by itself or through its directories. */
function needs(result: Uint8Array, parts: readonly Uint8Array[]): Set<Sha256> {
  const byHash = new Map(parts.map((part) => [sha256Of(part), part]));
  const { blobs, trees, directories } = actionResultReferences(result);
  const needed = new Set(blobs.map(({ hash }) => hash));
  for (const { hash } of trees) {
    for (const file of treeReferences(byHash.get(hash)!)) needed.add(file.hash);
  }
  const waiting = directories.map(({ hash }) => hash);
  for (const hash of waiting) {
    const named = directoryReferences(byHash.get(hash)!);
    for (const digest of [...named.files, ...named.directories]) needed.add(digest.hash);
    waiting.push(...named.directories.map((digest) => digest.hash));
  }
  return needed;
}

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += 65_536) yield bytes.subarray(at, at + 65_536);
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

async function remove(cache: Cache, hash: Sha256): Promise<void> {
  const key = { space: 'cas', hash } as const;
  await cache.purge({ what: 'key', key }, callerOf(), { signal: signal() });
}

/** ActionResult with `output_directories` (3), each with `tree_digest` (3) or `root_directory_digest` (5). */
function resultOf(
  trees: readonly Uint8Array[],
  directories: readonly Uint8Array[] = [],
): Uint8Array {
  return message(
    ...trees.map((tree) => [3, message([3, digestOf(tree)])] as const),
    ...directories.map((directory) => [3, message([5, digestOf(directory)])] as const),
  );
}

/** ActionResult with `output_files` (2). */
function fileResult(file: Uint8Array): Uint8Array {
  return message([2, message([1, 'out'], [2, digestOf(file)])]);
}

/** Directory with `files` (1) and `directories` (2), each a node with `digest` (2). */
function directoryOf(files: readonly Uint8Array[], directories: readonly Uint8Array[]): Uint8Array {
  return message(
    ...files.map((file) => [1, message([1, 'file'], [2, digestOf(file)])] as const),
    ...directories.map((sub) => [2, message([1, 'sub'], [2, digestOf(sub)])] as const),
  );
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
      writer.tag(2, WireType.LengthDelimited).bytes(digestOf(Buffer.from(content)));
      writer.join();
    }
    // A tree names subdirectories, too, and these are not blobs.
    writer.tag(2, WireType.LengthDelimited).fork();
    writer.tag(2, WireType.LengthDelimited).bytes(digestOf(Buffer.from('a directory')));
    writer.join();
    writer.join();
  }
  return writer.finish();
}

/** Digest: `hash` (1), `size_bytes` (2). */
function digestOf(bytes: Uint8Array): Uint8Array {
  return message([1, sha256Of(bytes)], [2, bytes.byteLength]);
}

function message(...fields: readonly (readonly [number, Uint8Array | string | number])[]): Buffer {
  const writer = new BinaryWriter();
  for (const [number, value] of fields) {
    if (typeof value === 'number') writer.tag(number, WireType.Varint).int64(value);
    else if (typeof value === 'string') writer.tag(number, WireType.LengthDelimited).string(value);
    else writer.tag(number, WireType.LengthDelimited).bytes(value);
  }
  return Buffer.from(writer.finish());
}
