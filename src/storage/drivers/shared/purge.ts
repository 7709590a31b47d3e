import { abortedError } from '../../body.ts';
import { entryKeyBytes, namespaceRanges } from '../../entry-key-bytes.ts';
import type { PurgeSelection } from '../../store.ts';
import { listOf, type RedisArgument, textOf } from './redis/redis-connection.ts';
import { purgeScript, removeScript } from './scripts/removals.ts';
import type { TimedScripts } from './timed-scripts.ts';

/** What a purge works with. */
export interface PurgeOptions {
  readonly scripts: TimedScripts;
  /** How much later than noted an entry may have been used. */
  readonly usedAtResolutionMs: number;
  readonly signal: AbortSignal;
}

/**
 * Deletes what is selected, slice by slice, so that other commands have their turn between two.
 * Where an answer of Redis is lost on its way, what that slice deleted is not counted.
 * @throws {CacheError} `aborted` between two slices; what was deleted by then stays deleted.
 */
export async function purgeEntries(
  selection: PurgeSelection,
  { scripts, usedAtResolutionMs, signal }: PurgeOptions,
): Promise<{ entries: number; sizeBytes: number }> {
  if (signal.aborted) throw abortedError(signal);
  if (selection.what === 'key') {
    const removed = Number(
      textOf(await scripts.run(removeScript, () => [entryKeyBytes(selection.key)])),
    );
    return removed < 0 ? { entries: 0, sizeBytes: 0 } : { entries: 1, sizeBytes: removed };
  }
  const selector = selectorOf(selection, scripts.index.nowMs(), usedAtResolutionMs);
  const purged = { entries: 0, sizeBytes: 0 };
  let cursor = '0';
  do {
    if (signal.aborted) throw abortedError(signal);
    const reply = await scripts.run(purgeScript, () => [
      cursor,
      String(entriesPerSlice),
      ...selector,
    ]);
    const [next, entries, bytes] = listOf(reply);
    cursor = textOf(next);
    purged.entries += Number(textOf(entries));
    purged.sizeBytes += Number(textOf(bytes));
  } while (cursor !== '0');
  return purged;
}

function selectorOf(
  selection: Exclude<PurgeSelection, { what: 'key' }>,
  nowMs: number,
  usedAtResolutionMs: number,
): readonly RedisArgument[] {
  switch (selection.what) {
    case 'namespace':
      return ['prefix', ...namespaceRanges(selection.namespace).map(({ start }) => start)];
    case 'unused':
      return ['used', String(nowMs - selection.forMs - usedAtResolutionMs)];
    case 'older':
      return ['stored', String(nowMs - selection.thanMs)];
  }
}

/** Some milliseconds of Redis where all of them are deleted. */
const entriesPerSlice = 1_000;
