import { setImmediate as nextTurn } from 'node:timers/promises';
import { abortedError } from '../../body.ts';
import { entryKeyBytes, namespaceRanges } from '../../entry-key-bytes.ts';
import type { PurgeSelection } from '../../store.ts';
import { again, type CommitQueue } from './commit-queue.ts';
import { decodeRecord, type EntryRecord } from './entry-record.ts';
import type { Environment } from './environment.ts';

/** What a purge works with. */
export interface PurgeOptions {
  readonly env: Environment;
  readonly queue: CommitQueue;
  readonly nowMs: number;
  /** How much later than noted an entry may have been used. */
  readonly usedAtResolutionMs: number;
  readonly signal: AbortSignal;
}

/** How much a purge took. */
export interface Purged {
  entries: number;
  sizeBytes: number;
}

/**
 * Deletes what is selected: looks through the index in slices, each from a snapshot of its own, and
 * deletes what a slice found in one transaction, so that neither readers nor writers wait long.
 * @throws {CacheError} `aborted` between two slices; what was deleted by then stays deleted.
 */
export async function purgeEntries(
  selection: PurgeSelection,
  options: PurgeOptions,
): Promise<Purged> {
  const purged: Purged = { entries: 0, sizeBytes: 0 };
  if (selection.what === 'key') {
    await removeEntries([entryKeyBytes(selection.key)], () => true, options, purged);
    return purged;
  }
  const isSelected = selector(selection, options);
  const ranges =
    selection.what === 'namespace' ? namespaceRanges(selection.namespace) : [wholeRange];
  for (const range of ranges) await purgeRange(range, isSelected, options, purged);
  return purged;
}

type IsSelected = (record: EntryRecord) => boolean;

const wholeRange = { start: Buffer.of(0), end: Buffer.of(255) };
/** A slice takes about 5 ms. */
const recordsPerSlice = 2_000;
const removalsPerTransaction = 500;

function selector(
  selection: Exclude<PurgeSelection, { what: 'key' }>,
  { nowMs, usedAtResolutionMs }: PurgeOptions,
): IsSelected {
  switch (selection.what) {
    case 'namespace':
      return () => true;
    case 'unused':
      return ({ usedAtMs }) => usedAtMs < nowMs - selection.forMs - usedAtResolutionMs;
    case 'older':
      return ({ storedAtMs }) => storedAtMs < nowMs - selection.thanMs;
  }
}

async function purgeRange(
  range: { readonly start: Buffer; readonly end: Buffer },
  isSelected: IsSelected,
  options: PurgeOptions,
  purged: Purged,
): Promise<void> {
  let start: Uint8Array | undefined = range.start;
  while (start !== undefined) {
    if (options.signal.aborted) throw abortedError(options.signal);
    const found: Buffer[] = [];
    let seen = 0;
    let last: Uint8Array | undefined;
    const slice = options.env.entries.getRange({ start, end: range.end, limit: recordsPerSlice });
    for (const { key, value } of slice) {
      seen += 1;
      last = key;
      if (isSelected(decodeRecord(value))) found.push(Buffer.from(key));
    }
    await removeEntries(found, isSelected, options, purged);
    // The next slice starts right behind the last key: at it and a zero byte.
    start =
      seen === recordsPerSlice && last !== undefined
        ? Buffer.concat([last, Buffer.of(0)])
        : undefined;
    await nextTurn();
  }
}

/** Looks at each entry again within the transaction: it may have been used or replaced since. */
async function removeEntries(
  keys: readonly Buffer[],
  isSelected: IsSelected,
  { queue }: PurgeOptions,
  purged: Purged,
): Promise<void> {
  if (keys.length === 0) return;
  let at = 0;
  await queue.run((index) => {
    const end = Math.min(keys.length, at + removalsPerTransaction);
    for (const key of keys.slice(at, end)) {
      const record = index.find(key);
      if (record === undefined || !isSelected(record)) continue;
      index.remove(key, record);
      purged.entries += 1;
      purged.sizeBytes += record.sizeBytes;
    }
    at = end;
    return at < keys.length ? again : undefined;
  });
}
