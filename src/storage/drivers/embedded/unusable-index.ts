import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CacheError, type Logger } from '../../../core/index.ts';
import { KernelLock } from '../../kernel-lock.ts';
import type { StoreSuspicion } from '../../store-driver.ts';
import { isTorn, unmark } from './boot-mark.ts';
import { findIndexDamage } from './index-check.ts';
import { findHeaderDamage } from './index-headers.ts';
import { type Layout, prepareDirectory, replaceFile } from './layout.ts';

/**
 * Sets an index aside that cannot be trusted, with the blobs that it names, and says why; the store
 * then starts empty. Called before the index is opened, while no other process has it open.
 *
 * The index is walked only when there is a reason to doubt it, since that takes time in proportion
 * to its size: when it was last used by a version that let a starting process undo the commits of
 * others, and after a lookup or a commit that failed in a way that a damaged index explains. Its
 * headers are checked each time, since LMDB ends the process on some that are damaged.
 * @returns whether the index was set aside.
 * @throws {CacheError} `unavailable` while a process of such a version has the store open.
 */
export function discardIfUnusable(
  layout: Layout,
  logger: Logger,
  suspicion?: StoreSuspicion,
): boolean {
  const reason = whyUnusable(layout, logger, suspicion);
  if (reason !== undefined) {
    discard(layout);
    prepareDirectory(layout);
    logger.warn({ dir: layout.dir }, `${reason}: starting empty`);
  }
  trust(layout);
  return reason !== undefined;
}

function whyUnusable(
  layout: Layout,
  logger: Logger,
  suspicion: StoreSuspicion | undefined,
): string | undefined {
  if (isTorn(layout)) {
    return 'the machine went down while the store was in use, so its index cannot be trusted';
  }
  if (suspicion?.isCertain === true) return suspicion.reason;
  const headerDamage = findHeaderDamage(layout.dataFile);
  if (headerDamage !== undefined) return `the index is damaged (${headerDamage})`;
  if (suspicion !== undefined) distrust(layout);
  return damageOf(layout, logger);
}

/** Has the index walked before it is opened the next time. */
export function distrust(layout: Layout): void {
  rmSync(layout.trustedFile, { force: true });
}

/** Removes in the background what earlier openings set aside: it may be much. */
export function removeDiscarded(layout: Layout, remove: (folder: string) => Promise<void>): void {
  for (const name of readdirSync(layout.dir)) {
    if (!discardedName.test(name)) continue;
    remove(join(layout.dir, name)).catch(() => {
      // The next opening tries again.
    });
  }
}

const discardedMark = '.discarded-';

/** As {@link discard} makes them, and nothing else: the directory may hold files of its owner. */
const discardedName = /^(?:index|blobs)\.discarded-\d+$/;

function damageOf(layout: Layout, logger: Logger): string | undefined {
  const { dataFile } = layout;
  if (existsSync(layout.trustedFile) || !existsSync(dataFile)) return undefined;
  refuseEarlierVersion(layout);
  const startedMs = performance.now();
  const damage = findIndexDamage(dataFile);
  const fields = { dir: layout.dir, tookMs: Math.round(performance.now() - startedMs) };
  logger.info(fields, 'the index was checked page by page');
  return damage === undefined ? undefined : `the index is damaged (${damage})`;
}

/**
 * Versions without the commit gate are seen by the lock that LMDB itself holds while it is open.
 * @throws {CacheError} `unavailable`.
 */
export function refuseEarlierVersion(layout: Layout): void {
  const lock = KernelLock.open(join(layout.indexDir, 'lock.mdb'));
  try {
    if (lock.tryExclusive()) return;
  } finally {
    lock.close();
  }
  throw inUseByEarlierVersion(layout);
}

/** The error of an opening that has to wait for a process of an earlier version. */
export function inUseByEarlierVersion({ dir }: Layout): CacheError {
  return new CacheError(
    'unavailable',
    `the store in ${dir} is in use by a process of an earlier version: stop that process first`,
  );
}

function discard(layout: Layout): void {
  const suffix = `${discardedMark}${Date.now()}`;
  for (const folder of [layout.indexDir, layout.blobsDir]) renameSync(folder, folder + suffix);
  unmark(layout);
}

function trust(layout: Layout): void {
  if (!existsSync(layout.trustedFile)) replaceFile(layout.trustedFile, '');
}
