import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readFileSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { tempDir } from '../../../testing/temp-dir.ts';
import { patient } from '../../conformance/index.ts';
import { findIndexDamage } from './index-check.ts';
import { openEmbeddedStore } from './open.ts';

const pageBytes = 4096;

test('an index', async (t) => {
  const dir = await tempDir(t);
  const path = join(dir, 'index', 'data.mdb');
  const whole = await indexWithHistory(dir, path);

  await t.test('that is whole has no damage, nor has an empty file', () => {
    writeFileSync(path, whole);
    assert.equal(findIndexDamage(path), undefined);
    writeFileSync(path, '');
    assert.equal(findIndexDamage(path), undefined);
  });

  await t.test('with a page in two places is damaged', () => {
    // Some branch pages are free: their contents are of no account.
    const branches = pagesOf(whole).filter(
      (page) => kindOf(whole, page) === 1 && nodesOf(whole, page) > 2,
    );
    const found = branches.map((page) => {
      const damaged = Buffer.from(whole);
      const [one, two] = [nodeAt(whole, page, 1), nodeAt(whole, page, 2)];
      whole.copy(damaged, two, one, one + 6);
      writeFileSync(path, damaged);
      return findIndexDamage(path);
    });
    assert.ok(
      found.some((damage) => /is used twice/.test(damage ?? '')),
      `${found}`,
    );
  });

  await t.test('whose free list names a page in use is damaged', () => {
    const leaf = pagesOf(whole).find((page) => kindOf(whole, page) === 2);
    const freeRoot = Number(whole.readBigUInt64LE(newestMeta(whole) + 24 + 40));
    let page = freeRoot;
    while (kindOf(whole, page) === 1) page = whole.readUInt32LE(nodeAt(whole, page, 0));
    const node = nodeAt(whole, page, 0);
    const list = node + 8 + whole.readUInt16LE(node + 6);
    const isLarge = (whole.readUInt16LE(node + 4) & 1) !== 0;
    const entries = isLarge ? Number(whole.readBigUInt64LE(list)) * pageBytes + 24 : list;
    const damaged = Buffer.from(whole);
    damaged.writeBigInt64LE(BigInt(leaf ?? 0), entries + 8);
    damaged.writeBigInt64LE(BigInt(leaf ?? 0), entries + 16);
    writeFileSync(path, damaged);
    assert.match(findIndexDamage(path) ?? '', /is used twice/);
  });

  await t.test('with a page of another place, or none, is damaged', () => {
    const leaf = usedLeaf();
    const [zeroed, moved] = [Buffer.from(whole), Buffer.from(whole)];
    zeroed.fill(0, leaf * pageBytes, (leaf + 1) * pageBytes);
    writeFileSync(path, zeroed);
    assert.match(findIndexDamage(path) ?? '', /says that it is page 0/);
    moved.writeUInt16LE(4, leaf * pageBytes + 18);
    writeFileSync(path, moved);
    assert.match(findIndexDamage(path) ?? '', /neither branch nor leaf/);
  });

  await t.test('with an entry that reaches out of its page is damaged', () => {
    const leaf = usedLeaf();
    for (const offset of [0xfff0, 0]) {
      const damaged = Buffer.from(whole);
      damaged.writeUInt16LE(offset, leaf * pageBytes + 24);
      writeFileSync(path, damaged);
      assert.match(findIndexDamage(path) ?? '', /outside of itself/);
    }
  });

  await t.test('that was cut short is damaged', () => {
    writeFileSync(path, whole);
    truncateSync(path, pageBytes * 3);
    assert.match(findIndexDamage(path) ?? '', /the file ends at/);
    truncateSync(path, 100);
    assert.match(findIndexDamage(path) ?? '', /the file ends at/);
  });

  await t.test('without headers is damaged', () => {
    writeFileSync(path, whole);
    const fd = openSync(path, 'r+');
    writeSync(fd, Buffer.alloc(pageBytes), 0, pageBytes, 0);
    closeSync(fd);
    assert.match(findIndexDamage(path) ?? '', /the first header is not valid/);
  });

  await t.test('with noise in any of its pages is rejected or walked to its end', () => {
    for (const page of pagesOf(whole)) {
      const damaged = Buffer.from(whole);
      randomBytes(pageBytes).copy(damaged, page * pageBytes);
      writeFileSync(path, damaged);
      const damage = findIndexDamage(path);
      assert.ok(damage === undefined || damage.length > 0);
    }
  });

  /** A leaf that the newest tree of tables reaches: the last of the first branch below its root. */
  function usedLeaf(): number {
    let page = Number(whole.readBigUInt64LE(newestMeta(whole) + 24 + 48 + 40));
    while (kindOf(whole, page) === 1) page = whole.readUInt32LE(nodeAt(whole, page, 0));
    return page;
  }
});

async function indexWithHistory(dir: string, path: string): Promise<Buffer> {
  // Evictions and overwrites fill the free list, sizes on both sides of a page make large values.
  const store = await openEmbeddedStore({ dir, maxBytes: 2 ** 20 });
  for (let round = 0; round < 60; round += 1) {
    await Promise.all(
      Array.from({ length: 32 }, (_, n) =>
        store.write(
          { space: 'ac', namespace: 'x', key: `${(round * 7 + n) % 500}` },
          randomBytes((31 - n) * 300),
          { signal: patient },
        ),
      ),
    );
  }
  assert.ok((await store.usage()).evictedEntries > 0);
  await store.close();
  return readFileSync(path);
}

function pagesOf(file: Buffer): number[] {
  return Array.from({ length: file.byteLength / pageBytes - 2 }, (_, n) => n + 2);
}

/** 1 for a branch, 2 for a leaf; 0 for the bytes of a large value, which say anything. */
function kindOf(file: Buffer, page: number): number {
  if (file.readBigUInt64LE(page * pageBytes) !== BigInt(page)) return 0;
  return file.readUInt16LE(page * pageBytes + 18) & 3;
}

function nodesOf(file: Buffer, page: number): number {
  return file.readUInt16LE(page * pageBytes + 20) >> 1;
}

function nodeAt(file: Buffer, page: number, index: number): number {
  return page * pageBytes + 24 + file.readUInt16LE(page * pageBytes + 24 + index * 2);
}

/** Where the fields of the newer of the two headers begin. */
function newestMeta(file: Buffer): number {
  const txnAt = 24 + 24 + 2 * 48 + 8;
  const [first, second] = [0, pageBytes].map((at) => file.readBigUInt64LE(at + txnAt));
  return (first! > second! ? 0 : pageBytes) + 24;
}
