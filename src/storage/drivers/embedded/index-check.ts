import {
  damageIn,
  headerAt,
  PageDamage,
  pageFlags,
  pageHeaderBytes,
  pageNumber,
  readNewestHeader,
  readPart,
  treeBytes,
} from './index-headers.ts';

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
  return damageIn(path, (fd) => new IndexWalk(fd).run());
}

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
    const meta = readNewestHeader(fd);
    this.#pageBytes = meta.readUInt32LE(headerAt.freeTree);
    this.#pages = pageNumber(meta, headerAt.lastPage) + 1;
    if (this.#pages > pagesMax) throw new PageDamage(`the file claims ${this.#pages} pages`);
    this.#seen = new Uint8Array(Math.ceil(this.#pages / 8));
    for (const page of [0, 1]) this.#claim(page, 'the header');
    this.#add('the free list', meta, headerAt.freeTree, 'free pages');
    this.#add('the list of tables', meta, headerAt.mainTree, 'trees');
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
    if (own !== page)
      throw new PageDamage(`page ${page} of ${tree.name} says that it is page ${own}`);
    if ((flags & 0x3) === 0x1) return 'branch';
    if ((flags & 0x3) === 0x2) return 'leaf';
    throw new PageDamage(`page ${page} of ${tree.name} is neither branch nor leaf`);
  }

  *#nodesOf(bytes: Buffer, page: number, tree: Tree): Generator<number, void, undefined> {
    const nodes = bytes.readUInt16LE(pageLower) >> 1;
    for (let index = 0; index < nodes; index += 1) {
      const slot = pageHeaderBytes + index * 2;
      const node = slot + 2 <= bytes.byteLength ? bytes.readUInt16LE(slot) + pageHeaderBytes : 0;
      if (node < slot + 2 || node + nodeHeaderBytes > bytes.byteLength) {
        throw new PageDamage(`page ${page} of ${tree.name} has an entry outside of itself`);
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
      throw new PageDamage(
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
    if (!(page < this.#pages)) throw new PageDamage(`${by} names page ${page} of ${this.#pages}`);
    const bit = 1 << (page & 7);
    if ((this.#seen[page >> 3]! & bit) !== 0)
      throw new PageDamage(`page ${page} is used twice, by ${by}`);
    this.#seen[page >> 3]! |= bit;
  }

  #read(page: number, sizeBytes: number): Buffer {
    return readPart(this.#fd, page * this.#pageBytes, sizeBytes);
  }
}

function childOf(bytes: Buffer, node: number): number {
  return bytes.readUInt32LE(node) + bytes.readUInt16LE(node + 4) * 2 ** 32;
}

const pageLower = 20;
/** Node: size or page (4), flags or page (2), size of the key (2), key, value. */
const nodeHeaderBytes = 8;
const treeRoot = 40;
const noPage = Number(2n ** 64n - 1n);
/** 16 TiB of pages of 4 KiB: more is not an index but a damaged number. */
const pagesMax = 2 ** 32;
