import { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CacheError, makeDirectory, messageOf, systemCodeOf } from '../../../core/index.ts';

/**
 * The version of the directory's layout and of every record in it. 2 since records have room for
 * checksums, an encoding, sizes of references and who stored the entry: see entry-record.ts.
 */
export const formatVersion = 2;

/**
 * The mode of every folder that the store makes: its bytes are what tokens guard on the network, and
 * other users of the machine must not read them here instead.
 */
const ownerOnly = 0o700;

/** Where things lie in a store's directory. */
export interface Layout {
  readonly dir: string;
  /** Names the format version. */
  readonly formatFile: string;
  /** Holds the id of the boot under which the index was last written without syncing; absent once it was synced and closed. */
  readonly bootFile: string;
  /** Present when no damage of the index is suspected: see unusable-index.ts. */
  readonly trustedFile: string;
  /** Files that processes lock; empty. */
  readonly locksDir: string;
  readonly indexDir: string;
  /** LMDB's pages, in {@link Layout.indexDir}. */
  readonly dataFile: string;
  /** Bodies too large for the index: `blobs/<id mod 1024>/<id>`, both in hex. */
  readonly blobsDir: string;
}

export function layoutOf(dir: string): Layout {
  return {
    dir,
    formatFile: join(dir, 'FORMAT'),
    bootFile: join(dir, 'BOOT'),
    trustedFile: join(dir, 'TRUSTED'),
    locksDir: join(dir, 'locks'),
    indexDir: join(dir, 'index'),
    dataFile: join(dir, 'index', 'data.mdb'),
    blobsDir: join(dir, 'blobs'),
  };
}

/** The folder of a body's file, and the file. 1,024 folders keep each small to ten million files. */
export function blobPathOf(layout: Layout, id: number): { folder: string; file: string } {
  const folder = join(layout.blobsDir, (id % 1024).toString(16).padStart(3, '0'));
  return { folder, file: join(folder, id.toString(16).padStart(14, '0')) };
}

/**
 * Makes the directory, and the one for locks in it, where they are absent, and touches nothing else.
 * @throws {CacheError} `unavailable`, `store_full`.
 */
export function makeStoreDirectory(layout: Layout): void {
  whileMaking(layout, () => {
    makeDirectory(layout.dir, ownerOnly);
    makeDirectory(layout.locksDir, ownerOnly);
  });
}

/**
 * Makes what is absent in the directory, and checks that this program can read its format.
 * @throws {CacheError} `unavailable`, `store_full`.
 */
export function prepareDirectory(layout: Layout): void {
  whileMaking(layout, () => {
    for (const folder of [layout.dir, layout.locksDir, layout.blobsDir, layout.indexDir]) {
      makeDirectory(folder, ownerOnly);
    }
    if (!existsSync(layout.formatFile)) writeFormat(layout);
  });
  readFormat(layout);
}

/**
 * The format of a directory that was prepared.
 * @throws {CacheError} `unavailable` for one that this program cannot read.
 */
export function readFormat(layout: Layout): number {
  const text = readFileSync(layout.formatFile, 'utf8');
  const version = /^memobuild-store (\d+)\s*$/.exec(text)?.[1];
  if (version === undefined) {
    throw new CacheError(
      'unavailable',
      `${layout.formatFile} does not belong to a MemoBuild store`,
    );
  }
  if (Number(version) > formatVersion) {
    throw new CacheError(
      'unavailable',
      `the store in ${layout.dir} has format ${version}, written by a newer MemoBuild; ` +
        `this one reads up to format ${formatVersion}: use the newer program or another directory`,
    );
  }
  return Number(version);
}

/** Says that the directory has the format of this program. */
export function writeFormat(layout: Layout): void {
  replaceFile(layout.formatFile, `memobuild-store ${formatVersion}\n`);
}

/** Writes a file of the directory in one step, so that nobody finds half of it. */
export function replaceFile(path: string, text: string): void {
  const temporary = `${path}.${process.pid}`;
  // A leftover, or a link that somebody put there, is removed and never written through.
  rmSync(temporary, { force: true });
  writeFileSync(temporary, text, { flag: 'wx', mode: 0o600 });
  renameSync(temporary, path);
}

/** Whether other users of the machine may enter the directory: it may have been made by hand, or by an earlier version. */
export function isOpenToOthers(layout: Layout): boolean {
  return process.platform !== 'win32' && (statSync(layout.dir).mode & 0o007) !== 0;
}

function whileMaking(layout: Layout, make: () => void): void {
  try {
    make();
  } catch (error) {
    const code = systemCodeOf(error) ?? '';
    throw new CacheError(
      code === 'ENOSPC' || code === 'EDQUOT' ? 'store_full' : 'unavailable',
      `cannot use ${layout.dir} as store directory: ${messageOf(error)}`,
      { cause: error },
    );
  }
}
