import { readFileSync, rmSync } from 'node:fs';
import { systemCodeOf } from '../../../core/index.ts';
import { currentBootId } from './boot-id.ts';
import { type Layout, replaceFile } from './layout.ts';

/**
 * Whether the machine went down while the index was in use.
 *
 * An index written without syncing is whole as long as the machine stays up. After a power cut its
 * pages may be from different moments, and nothing in it shows that. A file therefore holds the
 * boot's id while the index is in use: another boot's id, found at open, means that the index went
 * down with the machine. Where the system says no boot's id, any index that was not closed may have.
 * Only the first process to open the store may ask: under a running one the mark is meant to be there.
 * @param current this boot's id.
 */
export function isTorn(layout: Layout, current: string = currentBootId()): boolean {
  const bootId = readMark(layout);
  return bootId !== undefined && (current === '' || bootId !== current);
}

/** Whether the index was written without syncing since it was last closed. */
export function isMarked(layout: Layout): boolean {
  return readMark(layout) !== undefined;
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
