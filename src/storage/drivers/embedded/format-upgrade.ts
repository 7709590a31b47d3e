import type { Logger } from '../../../core/index.ts';
import { formatVersion, type Layout, readFormat, writeFormat } from './layout.ts';
import { inUseByEarlierVersion, refuseEarlierVersion } from './unusable-index.ts';

/**
 * Raises a store of an earlier format to this program's. Nothing is rewritten: a record of format 1
 * is read as it is, and takes the new form when its checksums or references are written. But from
 * here on there may be records that an earlier version would misread, so the directory says so first,
 * and that version refuses it. Called before the index is opened.
 * @throws {CacheError} `unavailable` while a process of an earlier version has the store open.
 */
export function upgradeFormat(
  layout: Layout,
  { isAlone, logger }: { readonly isAlone: boolean; readonly logger: Logger },
): void {
  const from = readFormat(layout);
  if (from === formatVersion) return;
  if (!isAlone) throw inUseByEarlierVersion(layout);
  refuseEarlierVersion(layout);
  writeFormat(layout);
  logger.info(
    { dir: layout.dir, from, to: formatVersion },
    'the store has a new format: earlier versions can no longer open it',
  );
}
