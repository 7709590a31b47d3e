import { type ConfigSources, loadConfig } from '../../../config/index.ts';
import { CacheError, formatSize } from '../../../core/index.ts';
import { createLogger, rebuildStore } from '../../../server/index.ts';
import { wrongUsage } from '../../shared/configuration-problems.ts';
import { CommandError, exitCodes } from '../../shared/exit-codes.ts';
import { listenForInterrupt } from '../../shared/interrupt.ts';

/** Rebuilds the index of the store that is configured, or, empty, deletes what has no entry. */
export async function runRebuild(sources: ConfigSources, isEmpty: boolean): Promise<void> {
  const { config, warnings } = await wrongUsage(() => loadConfig(sources));
  const logger = createLogger(config.log.level, {});
  for (const warning of warnings) logger.warn({}, warning);
  const { driver, s3 } = config.store;
  if (driver !== 'shared' || s3 === undefined) {
    throw new CommandError(exitCodes.usage, 'rebuild requires --store shared and --s3');
  }
  const { signal, release } = listenForInterrupt({ secondEndsWith: exitCodes.interrupted });
  let shownMs = performance.now();
  try {
    const rebuilt = await rebuildStore(config, {
      isEmpty,
      logger,
      signal,
      onProgress: ({ entries, sizeBytes }) => {
        if (performance.now() - shownMs < progressIntervalMs) return;
        shownMs = performance.now();
        logger.info({ entries, sizeBytes }, 'rebuilding');
      },
    });
    if (rebuilt === undefined) return;
    const { entries, sizeBytes, deletedObjects, leftObjects } = rebuilt;
    const left = leftObjects === 0 ? '' : `, left ${leftObjects}`;
    process.stdout.write(
      `made ${entries} entries, ${formatSize(sizeBytes)}; deleted ${deletedObjects} objects${left}\n`,
    );
  } catch (error) {
    if (!(error instanceof CacheError)) throw error;
    const exitCode = signal.aborted ? exitCodes.interrupted : exitCodes.noAnswer;
    throw new CommandError(exitCode, error.message, { cause: error });
  } finally {
    release();
    await logger.flush();
  }
}

const progressIntervalMs = 5_000;
