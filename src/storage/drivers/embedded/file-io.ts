import { close, fsync, open, read, rm, write } from 'node:fs';
import { promisify } from 'node:util';

/*
 * Files by descriptor. The callback functions of node:fs take about half the processor time that
 * its FileHandle takes, which counts where a body is one or two chunks.
 */

/** Opens a file. One that is made here is for its owner alone. */
export function openFile(path: string, flags: string): Promise<number> {
  return openWithMode(path, flags, 0o600);
}

const openWithMode: (path: string, flags: string, mode: number) => Promise<number> =
  promisify(open);
export const closeFile: (fd: number) => Promise<void> = promisify(close);
export const syncFile: (fd: number) => Promise<void> = promisify(fsync);

/** Removes a file; one that is not there is removed already. */
export function removeFile(path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    rm(path, { force: true }, (error) => (error === null ? resolve() : reject(error)));
  });
}

/** Syncs a folder, so that the names in it survive a power cut. */
export async function syncFolder(path: string): Promise<void> {
  const fd = await openFile(path, 'r');
  try {
    await syncFile(fd);
  } finally {
    await closeFile(fd);
  }
}

/** @returns how many bytes were read; 0 at the end of the file. */
export function readAt(fd: number, into: Uint8Array, positionBytes: number): Promise<number> {
  return new Promise((resolve, reject) => {
    read(fd, into, 0, into.byteLength, positionBytes, (error, count) =>
      error === null ? resolve(count) : reject(error),
    );
  });
}

/** @returns how many bytes were written, which may be fewer. */
export function writeAt(fd: number, bytes: Uint8Array, positionBytes: number): Promise<number> {
  return new Promise((resolve, reject) => {
    write(fd, bytes, 0, bytes.byteLength, positionBytes, (error, count) =>
      error === null ? resolve(count) : reject(error),
    );
  });
}
