import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CacheError, silentLogger } from '../../../core/index.ts';
import { KernelLock } from '../../kernel-lock.ts';
import type { StoreLock } from '../../store-driver.ts';
import { CommitGate } from './commit-gate.ts';
import { layoutOf, makeStoreDirectory, prepareDirectory } from './layout.ts';
import { refuseNetworkFileSystem } from './network-file-system.ts';
import type { LockOptions } from './options.ts';
import { prepareForUse } from './prepare-for-use.ts';

/**
 * What `lockStoreDirectory` of `open.ts` loads. The holder never opens the index: reading a damaged
 * one can end a process, and this one must live to set it aside.
 */
export async function lockDirectory(options: LockOptions): Promise<StoreLock> {
  const { dir, logger = silentLogger, allowNetworkFs = false } = options;
  const layout = layoutOf(dir);
  if (!allowNetworkFs) refuseNetworkFileSystem(dir);
  makeStoreDirectory(layout);
  const path = join(layout.locksDir, 'server');
  const lock = KernelLock.open(path);
  let gate: CommitGate | undefined;
  try {
    if (!lock.tryExclusive()) {
      throw new CacheError(
        'unavailable',
        `the store in ${dir} is in use by another server, process ${holderOf(path)}: ` +
          'stop that one, or use another directory',
      );
    }
    writeFileSync(path, String(process.pid));
    prepareDirectory(layout);
    const held = CommitGate.open(layout);
    gate = held;
    await held.opening((isAlone) => prepareForUse(layout, { isAlone, logger }));
    return {
      repair: (suspicion) =>
        held.opening((isAlone) => {
          if (!isAlone) {
            throw new CacheError('unavailable', `the store in ${dir} is still open in a process`);
          }
          return prepareForUse(layout, { isAlone, suspicion, logger });
        }),
      release: async () => {
        held.close();
        lock.close();
      },
    };
  } catch (error) {
    gate?.close();
    lock.close();
    throw error;
  }
}

/** As the holder calls itself, which may be in a PID namespace of its own. */
function holderOf(path: string): string {
  return readFileSync(path, 'utf8').trim() || 'unknown';
}
