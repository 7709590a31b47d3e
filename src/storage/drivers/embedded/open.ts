import type { StoreLock } from '../../store-driver.ts';
import type { EmbeddedStore } from './embedded-store.ts';
import type { EmbeddedStoreOptions, LockOptions } from './options.ts';

/**
 * Opens the store in a directory, making it if it is absent. Bodies up to `inlineBytesMax` live in
 * an LMDB index, larger ones in a file each. Several processes may have it open at once; the first
 * takes {@link lockStoreDirectory} before, so that no second server comes in. LMDB is loaded here, and
 * not before.
 * @throws {CacheError} `unavailable` for a directory that cannot be used or has a newer format;
 * `damaged` for an index that is damaged, which it sets aside where no other process has it open;
 * `store_full`.
 */
export async function openEmbeddedStore(options: EmbeddedStoreOptions): Promise<EmbeddedStore> {
  const { openIndexedStore } = await import('./embedded-store.ts');
  return await openIndexedStore(options);
}

/**
 * Takes a store directory for one server: called by its first process, before any other opens the
 * store and before anything in it is touched; the others open it without. The kernel keeps the lock,
 * so that a server in another container is seen too and a dead one never is.
 * @throws {CacheError} `unavailable` when another server has it, the directory cannot be used, or it
 * is on a file system that other machines may have mounted.
 */
export async function lockStoreDirectory(options: LockOptions): Promise<StoreLock> {
  const { lockDirectory } = await import('./directory-lock.ts');
  return await lockDirectory(options);
}
