import { readFileSync, rmSync } from 'node:fs';
import { systemCodeOf } from '../../../core/index.ts';
import { type Layout, replaceFile } from './layout.ts';
import { currentBootId } from './process-identity.ts';

/**
 * Whether the machine went down while the index was in use.
 *
 * An index written without syncing is whole as long as the machine stays up. After a power cut its
 * pages may be from different moments, and nothing in it shows that. A file therefore holds the
 * boot's id while the index is in use: another boot's id, found at open, means that the index went
 * down with the machine.
 */
export function isTorn(layout: Layout): boolean {
  const bootId = readMark(layout);
  return bootId !== undefined && bootId !== currentBootId();
}

/**
 * Writes the mark, in one step: a mark caught half-written, by a process that starts or by a kill,
 * would pass for another boot's and cost the store its contents. Also called inside the transaction
 * that registers a process, see owners.ts.
 */
export function markInUse(layout: Layout): void {
  if (readMark(layout) === currentBootId()) return;
  replaceFile(layout.bootFile, currentBootId());
}

/** Takes the mark away, after the last process has synced. */
export function unmark(layout: Layout): void {
  rmSync(layout.bootFile, { force: true });
}

function readMark(layout: Layout): string | undefined {
  try {
    return readFileSync(layout.bootFile, 'utf8').trim();
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
