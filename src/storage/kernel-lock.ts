import { closeSync, openSync } from 'node:fs';
import { tryLock, unlock } from 'fs-native-extensions';
import { CacheError, messageOf } from '../core/index.ts';

/**
 * A lock on a file that the kernel keeps. It belongs to this object rather than to the process, it
 * holds across PID namespaces, and it ends with the last process that has it, however that dies.
 *
 * Linux: an open file description lock (fcntl(2), F_OFD_SETLK). macOS: flock(2). Neither waits here.
 */
export class KernelLock {
  readonly #path: string;
  readonly #fd: number;

  private constructor(path: string, fd: number) {
    this.#path = path;
    this.#fd = fd;
  }

  /**
   * Opens the file, making it if it is absent. Nothing is locked yet.
   * @throws {CacheError} `unavailable`.
   */
  static open(path: string): KernelLock {
    try {
      return new KernelLock(path, openSync(path, 'a+', 0o600));
    } catch (error) {
      throw new CacheError('unavailable', `cannot open ${path}: ${messageOf(error)}`, {
        cause: error,
      });
    }
  }

  /**
   * Takes the lock beside other shared holders; an exclusive lock held here becomes a shared one.
   * @returns false when somebody else holds it exclusively.
   * @throws {CacheError} `unavailable` on a file system without locks.
   */
  tryShared(): boolean {
    return this.#try(true);
  }

  /** Takes the lock for itself alone. @returns false when anybody else holds it. */
  tryExclusive(): boolean {
    return this.#try(false);
  }

  /**
   * As {@link tryExclusive}, of one byte of the file, which need not be there: a lock of its own.
   * macOS: of the whole file.
   */
  tryByte(at: number): boolean {
    return this.#try(false, at, 1);
  }

  unlock(): void {
    unlock(this.#fd);
  }

  unlockByte(at: number): void {
    unlock(this.#fd, at, 1);
  }

  /** Gives the lock up and closes the file. */
  close(): void {
    closeSync(this.#fd);
  }

  /** @param lengthBytes 0: to the end of the file, wherever it will be. */
  #try(shared: boolean, offsetBytes = 0, lengthBytes = 0): boolean {
    try {
      return tryLock(this.#fd, offsetBytes, lengthBytes, { shared });
    } catch (error) {
      throw new CacheError('unavailable', `cannot lock ${this.#path}: ${messageOf(error)}`, {
        cause: error,
      });
    }
  }
}
