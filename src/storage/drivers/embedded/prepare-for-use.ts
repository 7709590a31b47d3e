import { rm } from 'node:fs/promises';
import type { Logger } from '../../../core/index.ts';
import type { StoreSuspicion } from '../../store-driver.ts';
import { upgradeFormat } from './format-upgrade.ts';
import { isOpenToOthers, type Layout } from './layout.ts';
import { discardIfUnusable, removeDiscarded } from './unusable-index.ts';

/** What an opening of the index knows of the store before it. */
export interface Preparation {
  /** Whether no other process has the index open. What another uses is in the middle of its work, and is left alone. */
  readonly isAlone: boolean;
  readonly suspicion?: StoreSuspicion | undefined;
  readonly logger: Logger;
}

/**
 * What is done to a directory before its index is opened, by whoever is the first to have it: an
 * index that cannot be trusted is set aside, the format is raised, and what was set aside earlier is
 * removed.
 * @returns whether the index was set aside.
 * @throws {CacheError} `unavailable`.
 */
export function prepareForUse(layout: Layout, preparation: Preparation): boolean {
  const { isAlone, suspicion, logger } = preparation;
  const wasDiscarded = isAlone && discardIfUnusable(layout, logger, suspicion);
  if (isAlone && isOpenToOthers(layout)) {
    logger.warn(
      { dir: layout.dir },
      'other users of this machine can read the store: chmod 700 fixes this',
    );
  }
  upgradeFormat(layout, { isAlone, logger });
  removeDiscarded(layout, (folder) => rm(folder, { recursive: true, force: true }));
  return wasDiscarded;
}
