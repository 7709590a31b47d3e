import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemCodeOf } from '../../../core/index.ts';
import type { Layout } from './layout.ts';
import { currentBootId } from './process-identity.ts';

/**
 * An index written without syncing is whole as long as the machine stays up. After a power cut its
 * pages may be from different moments, and nothing in it tells. So the boot's id stands in a file
 * while the index is in use: another boot's id, found at open, means that the index went down with
 * the machine.
 */
export function discardIfTorn(layout: Layout): boolean {
  const bootId = readMark(layout);
  if (bootId === undefined || bootId === currentBootId()) return false;
  const suffix = `${discardedMark}${Date.now()}`;
  for (const folder of [layout.indexDir, layout.blobsDir]) renameSync(folder, folder + suffix);
  rmSync(layout.bootFile, { force: true });
  return true;
}

/**
 * Writes the mark, in one step: a mark caught half-written, by a process that starts or by a kill,
 * would pass for another boot's and cost the store its contents. Also called inside the transaction
 * that registers a process, see owners.ts.
 */
export function markInUse(layout: Layout): void {
  if (readMark(layout) === currentBootId()) return;
  const temporary = `${layout.bootFile}.${process.pid}`;
  writeFileSync(temporary, currentBootId());
  renameSync(temporary, layout.bootFile);
}

/** Takes the mark away, after the last process has synced. */
export function unmark(layout: Layout): void {
  rmSync(layout.bootFile, { force: true });
}

/** Removes what earlier openings discarded, in the background: it may be much. */
export function removeDiscarded(layout: Layout, remove: (folder: string) => Promise<void>): void {
  for (const name of readdirSync(layout.dir)) {
    if (!name.includes(discardedMark)) continue;
    remove(join(layout.dir, name)).catch(() => {
      // The next opening tries again.
    });
  }
}

const discardedMark = '.discarded-';

function readMark(layout: Layout): string | undefined {
  try {
    return readFileSync(layout.bootFile, 'utf8').trim();
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
