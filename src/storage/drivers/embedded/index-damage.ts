import { CacheError, messageOf } from '../../../core/index.ts';
import { PageDamage } from './index-headers.ts';

/**
 * Whether damage of the index explains an error. `MDB_BAD_TXN` is all that lmdb reports when a
 * write met a damaged page; it follows a lack of memory as well, so a check of the pages has to
 * decide.
 */
export function isIndexDamage(error: unknown): boolean {
  const own = [IndexDamageError, DamagedRecordError, PageDamage];
  if (own.some((kind) => error instanceof kind)) return true;
  return /MDB_(?:CORRUPTED|PAGE_NOTFOUND|INVALID|PROBLEM|CURSOR_FULL|BAD_VALSIZE|BAD_TXN)/.test(
    messageOf(error),
  );
}

/** Whether nothing can be written until the index is reopened: the disk failed during a commit. */
export function isPanic(error: unknown): boolean {
  return messageOf(error).includes('MDB_PANIC');
}

/** A record of the index holds what no writer of it wrote. */
export class DamagedRecordError extends Error {
  override readonly name = 'DamagedRecordError';
}

/** What is checked in a record before it is trusted. */
export interface RecordClaims {
  readonly id: number;
  readonly sizeBytes: number;
  readonly rank: number;
}

/**
 * Lets through a record whose numbers can be true. On the hot path, so it compares and no more; NaN
 * fails each comparison.
 * @param endsAt where the record's parts end, by what it says of them itself.
 * @throws {DamagedRecordError}
 */
export function assertSound(record: RecordClaims, endsAt: number, lengthBytes: number): void {
  const isSound =
    record.id >= 1 &&
    record.id <= Number.MAX_SAFE_INTEGER &&
    record.sizeBytes >= 0 &&
    record.sizeBytes <= Number.MAX_SAFE_INTEGER &&
    record.rank >= 0 &&
    record.rank <= Number.MAX_SAFE_INTEGER &&
    endsAt <= lengthBytes;
  if (!isSound) throw new DamagedRecordError('a record of the index is damaged');
}

/** The index cannot be opened, and damage explains why. */
export class IndexDamageError extends CacheError {
  constructor(dir: string, cause: unknown) {
    super('damaged', `the index in ${dir} is damaged: ${messageOf(cause)}`, { cause });
  }
}
