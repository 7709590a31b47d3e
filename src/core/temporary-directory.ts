import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf, systemCodeOf } from './errors.ts';

/** The directory for temporary files does not exist, or nothing can be made in it. */
export class TemporaryDirectoryError extends Error {
  override readonly name = 'TemporaryDirectoryError';
}

/**
 * Makes a directory of its own where temporary files go (`TMPDIR`).
 * @throws {TemporaryDirectoryError} saying where and why.
 */
export function makeTemporaryDirectory(prefix: string): string {
  const parent = tmpdir();
  try {
    return mkdtempSync(join(parent, prefix));
  } catch (error) {
    const reason = reasons[systemCodeOf(error) ?? ''] ?? messageOf(error);
    throw new TemporaryDirectoryError(
      `cannot make a temporary directory in ${parent}: ${reason}; TMPDIR names another place`,
      { cause: error },
    );
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'it does not exist',
  ENOTDIR: 'it is not a directory',
  EACCES: 'no permission to write there',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
};
