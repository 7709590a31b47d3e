import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/**
 * Walks the trees and the free list of an LMDB data file and looks for what a lost commit leaves: a
 * page that is in use twice, or in use and free, or not what its parent takes it for. It reads the
 * file and not the map, since LMDB itself can crash on such pages.
 *
 * Pages of large values are counted and not read, so the time grows with the number of entries.
 * Nothing may be written meanwhile. The layout of the pages is that of lmdb-js 3.5 (`mdb.c`:
 * MDB_page_header, MDB_meta, MDB_db, MDB_node), data version 2, on little-endian machines.
 * @param path the file `data.mdb`.
 * @returns the first damage found, in words; undefined for a file that is whole or empty.
 */
export function findIndexDamage(path: string): string | undefined {
  const fd = openSync(path, 'r');
  try {
    if (fstatSync(fd).size === 0) return undefined;
    new IndexWalk(fd).run();
    return undefined;
  } catch (error) {
    if (error instanceof Damage) return error.message;
    throw error;
  } finally {
    closeSync(fd);
  }
}

class Damage extends Error {}

interface Tree {
  readonly name: string;
  readonly rootPage: number;
  /** What the values of its leaves are: pages to walk, page numbers, or nothing to look into. */
  readonly values: 'trees' | 'free pages' | 'opaque';
}

class IndexWalk {
  readonly #fd: number;
  readonly #pageBytes: number;
  readonly #pages: number;
  /** One bit for each page that has been seen, in use or free. */
  readonly #seen: Uint8Array;
  readonly #trees: Tree[] = [];

  constructor(fd: number) {
    this.#fd = fd;
    const meta = newestMeta(fd);
    this.#pageBytes = meta.readUInt32LE(metaAt.freeTree);
    this.#pages = pageNumber(meta, metaAt.lastPage) + 1;
    if (this.#pages > pagesMax) throw new Damage(`the file claims ${this.#pages} pages`);
    this.#seen = new Uint8Array(Math.ceil(this.#pages / 8));
    for (const page of [0, 1]) this.#claim(page, 'the header');
    this.#add('the free list', meta, metaAt.freeTree, 'free pages');
    this.#add('the list of tables', meta, metaAt.mainTree, 'trees');
  }

  run(): void {
    for (let tree = this.#trees.pop(); tree !== undefined; tree = this.#trees.pop()) {
      this.#walk(tree);
    }
  }

  #add(name: string, at: Buffer, offset: number, values: Tree['values']): void {
    const rootPage = pageNumber(at, offset + treeRoot);
    if (rootPage !== noPage) this.#trees.push({ name, rootPage, values });
  }

  #walk(tree: Tree): void {
    const waiting = [tree.rootPage];
    for (let page = waiting.pop(); page !== undefined; page = waiting.pop()) {
      this.#claim(page, tree.name);
      const bytes = this.#read(page, this.#pageBytes);
      const isLeaf = this.#kindOf(bytes, page, tree) === 'leaf';
      for (const node of this.#nodesOf(bytes, page, tree)) {
        if (isLeaf) this.#lookInto(bytes, node, tree);
        else waiting.push(childOf(bytes, node));
      }
    }
  }

  #kindOf(bytes: Buffer, page: number, tree: Tree): 'branch' | 'leaf' {
    const flags = bytes.readUInt16LE(pageFlags);
    const own = pageNumber(bytes, 0);
    if (own !== page) throw new Damage(`page ${page} of ${tree.name} says that it is page ${own}`);
    if ((flags & 0x3) === 0x1) return 'branch';
    if ((flags & 0x3) === 0x2) return 'leaf';
    throw new Damage(`page ${page} of ${tree.name} is neither branch nor leaf`);
  }

  *#nodesOf(bytes: Buffer, page: number, tree: Tree): Generator<number, void, undefined> {
    const nodes = bytes.readUInt16LE(pageLower) >> 1;
    for (let index = 0; index < nodes; index += 1) {
      const slot = pageHeaderBytes + index * 2;
      const node = slot + 2 <= bytes.byteLength ? bytes.readUInt16LE(slot) + pageHeaderBytes : 0;
      if (node < slot + 2 || node + nodeHeaderBytes > bytes.byteLength) {
        throw new Damage(`page ${page} of ${tree.name} has an entry outside of itself`);
      }
      yield node;
    }
  }

  #lookInto(bytes: Buffer, node: number, tree: Tree): void {
    const flags = bytes.readUInt16LE(node + 4);
    const dataAt = node + nodeHeaderBytes + bytes.readUInt16LE(node + 6);
    const sizeBytes = bytes.readUInt32LE(node);
    const isLarge = (flags & 0x1) !== 0;
    const endAt = dataAt + (isLarge ? 8 : sizeBytes);
    if (endAt > bytes.byteLength) {
      throw new Damage(
        `page ${pageNumber(bytes, 0)} of ${tree.name} has a value outside of itself`,
      );
    }
    if (isLarge) this.#claimLarge(pageNumber(bytes, dataAt), sizeBytes, tree);
    if (tree.values === 'opaque') return;
    if (tree.values === 'trees') {
      if ((flags & 0x2) === 0 || sizeBytes < treeBytes) return;
      const name = bytes.toString('latin1', node + nodeHeaderBytes, dataAt);
      this.#add(`table ${name}`, bytes, dataAt, 'opaque');
      return;
    }
    this.#claimFree(
      isLarge
        ? this.#read(pageNumber(bytes, dataAt), pageHeaderBytes + sizeBytes).subarray(
            pageHeaderBytes,
          )
        : bytes.subarray(dataAt, endAt),
    );
  }

  /** A value on pages of its own: a header, then the bytes, over as many pages as that takes. */
  #claimLarge(first: number, sizeBytes: number, tree: Tree): void {
    const count = Math.ceil((pageHeaderBytes + sizeBytes) / this.#pageBytes);
    for (let page = first; page < first + count; page += 1) {
      this.#claim(page, `a large value of ${tree.name}`);
    }
  }

  /** Count (8), then page numbers (8 each); a negative one is the length of a run that starts at the next. */
  #claimFree(list: Buffer): void {
    const count = Math.min(pageNumber(list, 0), list.byteLength / 8 - 1);
    for (let index = 1; index <= count; index += 1) {
      const entry = Number(list.readBigInt64LE(index * 8));
      if (entry === 0) continue;
      if (entry < 0) index += 1;
      const first = entry < 0 ? pageNumber(list, index * 8) : entry;
      const length = entry < 0 ? -entry : 1;
      for (let page = first; page < first + length; page += 1) this.#claim(page, 'the free list');
    }
  }

  #claim(page: number, by: string): void {
    if (!(page < this.#pages)) throw new Damage(`${by} names page ${page} of ${this.#pages}`);
    const bit = 1 << (page & 7);
    if ((this.#seen[page >> 3]! & bit) !== 0)
      throw new Damage(`page ${page} is used twice, by ${by}`);
    this.#seen[page >> 3]! |= bit;
  }

  #read(page: number, sizeBytes: number): Buffer {
    return readPart(this.#fd, page * this.#pageBytes, sizeBytes);
  }
}

/** The header of the two that the newest commit wrote. */
function newestMeta(fd: number): Buffer {
  const first = metaIn(readPart(fd, 0, metaBytes), 'first');
  const second = metaIn(readPart(fd, first.readUInt32LE(metaAt.freeTree), metaBytes), 'second');
  return pageNumber(first, metaAt.txnId) > pageNumber(second, metaAt.txnId) ? first : second;
}

function metaIn(bytes: Buffer, which: string): Buffer {
  const isMeta = (bytes.readUInt16LE(pageFlags) & 0x8) !== 0;
  if (!isMeta || bytes.readUInt32LE(metaAt.magic) !== 0xbeefc0de) {
    throw new Damage(`the ${which} header is not one`);
  }
  const pageSize = bytes.readUInt32LE(metaAt.freeTree);
  if (pageSize < 512 || pageSize > 65_536) throw new Damage(`pages of ${pageSize} bytes`);
  return bytes;
}

function readPart(fd: number, at: number, sizeBytes: number): Buffer {
  const bytes = Buffer.alloc(sizeBytes);
  for (let done = 0; done < sizeBytes; ) {
    const count = readSync(fd, bytes, done, sizeBytes - done, at + done);
    if (count === 0)
      throw new Damage(`the file ends at ${at + done} bytes, in the middle of a page`);
    done += count;
  }
  return bytes;
}

function childOf(bytes: Buffer, node: number): number {
  return bytes.readUInt32LE(node) + bytes.readUInt16LE(node + 4) * 2 ** 32;
}

function pageNumber(bytes: Buffer, at: number): number {
  return Number(bytes.readBigUInt64LE(at));
}

/** Page: number (8), transaction (8), padding (2), flags (2), lower (2), upper (2), offsets of nodes (2 each). */
const pageHeaderBytes = 24;
const pageFlags = 18;
const pageLower = 20;
/** Node: size or page (4), flags or page (2), size of the key (2), key, value. */
const nodeHeaderBytes = 8;
/** Tree: padding (4), flags (2), depth (2), branch, leaf and overflow pages, entries, root (8 each). */
const treeBytes = 48;
const treeRoot = 40;
/** After the page's header: magic (4), version (4), address (8), map (8), two trees, last page (8), transaction (8). */
const metaAt = {
  magic: pageHeaderBytes,
  freeTree: pageHeaderBytes + 24,
  mainTree: pageHeaderBytes + 24 + treeBytes,
  lastPage: pageHeaderBytes + 24 + 2 * treeBytes,
  txnId: pageHeaderBytes + 32 + 2 * treeBytes,
} as const;
const metaBytes = metaAt.txnId + 8;
const noPage = Number(2n ** 64n - 1n);
/** 16 TiB of pages of 4 KiB: more is not an index but a damaged number. */
const pagesMax = 2 ** 32;
