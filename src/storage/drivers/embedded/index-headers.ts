import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';

/**
 * The two header pages of an LMDB data file, read from the file: LMDB reads them through its map and
 * ends the process on some that are damaged, which no code can catch. The layout is that of lmdb-js
 * 3.5 (`mdb.c`: MDB_page_header, MDB_meta, MDB_db), data version 2, on little-endian machines.
 */

/** What a page of the index holds is not what LMDB wrote. */
export class PageDamage extends Error {}

/**
 * Looks at both headers and nothing else, so that it costs two small reads. Nothing may be written
 * meanwhile.
 * @param path the file `data.mdb`.
 * @returns the damage in words; undefined for headers that are whole, and for a file that is empty or absent.
 */
export function findHeaderDamage(path: string): string | undefined {
  return existsSync(path) ? damageIn(path, (fd) => void readNewestHeader(fd)) : undefined;
}

/**
 * Opens a data file and has it checked, unless it is empty.
 * @param look throws {@link PageDamage} for what it finds.
 * @returns the damage in words.
 */
export function damageIn(path: string, look: (fd: number) => void): string | undefined {
  const fd = openSync(path, 'r');
  try {
    if (fstatSync(fd).size > 0) look(fd);
    return undefined;
  } catch (error) {
    if (error instanceof PageDamage) return error.message;
    throw error;
  } finally {
    closeSync(fd);
  }
}

/**
 * The header of the two that the newest commit wrote.
 * @throws {PageDamage} when either is damaged: the other may be older than what was acknowledged.
 */
export function readNewestHeader(fd: number): Buffer {
  const first = soundHeader(readPart(fd, 0, headerBytes), 'first');
  const second = soundHeader(
    readPart(fd, first.readUInt32LE(headerAt.freeTree), headerBytes),
    'second',
  );
  return pageNumber(first, headerAt.txnId) > pageNumber(second, headerAt.txnId) ? first : second;
}

function soundHeader(bytes: Buffer, which: string): Buffer {
  const isHeader = (bytes.readUInt16LE(pageFlags) & 0x8) !== 0;
  if (!isHeader || bytes.readUInt32LE(headerAt.magic) !== 0xbeefc0de) {
    throw new PageDamage(`the ${which} header is not valid`);
  }
  const version = bytes.readUInt32LE(headerAt.version);
  if (version !== dataVersion) {
    throw new PageDamage(`the ${which} header has version ${version} and not ${dataVersion}`);
  }
  const pageBytes = bytes.readUInt32LE(headerAt.freeTree);
  if (pageBytes < 512 || pageBytes > 65_536) throw new PageDamage(`pages of ${pageBytes} bytes`);
  return bytes;
}

/** @throws {PageDamage} when the file ends before. */
export function readPart(fd: number, at: number, sizeBytes: number): Buffer {
  const bytes = Buffer.alloc(sizeBytes);
  for (let done = 0; done < sizeBytes; ) {
    const count = readSync(fd, bytes, done, sizeBytes - done, at + done);
    if (count === 0) {
      throw new PageDamage(`the file ends at ${at + done} bytes, in the middle of a page`);
    }
    done += count;
  }
  return bytes;
}

/** The number of a page, or of a transaction, at a place in a page. */
export function pageNumber(bytes: Buffer, at: number): number {
  return Number(bytes.readBigUInt64LE(at));
}

const dataVersion = 2;
/** Page: number (8), transaction (8), padding (2), flags (2), lower (2), upper (2), offsets of nodes (2 each). */
export const pageHeaderBytes = 24;
export const pageFlags = 18;
/** Tree: padding (4), flags (2), depth (2), branch, leaf and overflow pages, entries, root (8 each). */
export const treeBytes = 48;
/** After the page's header: magic (4), version (4), address (8), map (8), two trees, last page (8), transaction (8). */
export const headerAt = {
  magic: pageHeaderBytes,
  version: pageHeaderBytes + 4,
  freeTree: pageHeaderBytes + 24,
  mainTree: pageHeaderBytes + 24 + treeBytes,
  lastPage: pageHeaderBytes + 24 + 2 * treeBytes,
  txnId: pageHeaderBytes + 32 + 2 * treeBytes,
} as const;
const headerBytes = headerAt.txnId + 8;
