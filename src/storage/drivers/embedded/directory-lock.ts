import { CacheError } from '../../../core/index.ts';
import { openEnvironment } from './environment.ts';
import type { EmbeddedStoreOptions } from './options.ts';
import { parseIdentity, syncAndUnmark } from './owners.ts';
import { isAlive, type ProcessIdentity, thisProcess } from './process-identity.ts';

/** Says that one server has a store directory to itself. */
export interface DirectoryLock {
  /** Gives the directory back. The kernel's word that the holder is dead does as well. */
  release(): Promise<void>;
}

/**
 * Takes a store directory for one server: called by its first process, before any other opens the
 * store; the others open it without. A lock whose holder is dead is taken over at once.
 * @throws {CacheError} `unavailable` when another server has it, or the directory cannot be used.
 */
export async function lockStoreDirectory(
  options: Pick<EmbeddedStoreOptions, 'dir' | 'durability' | 'logger'>,
): Promise<DirectoryLock> {
  const env = openEnvironment(options.dir, options.durability ?? 'process', options.logger);
  // The index's write lock decides between two that come at once.
  const holder = await env.root.transaction((): ProcessIdentity | undefined => {
    const row = env.meta.getBinary(lockKey);
    const current = row === undefined ? undefined : parseIdentity(row);
    if (current !== undefined && isAlive(current)) return current;
    env.meta.putSync(lockKey, Buffer.from(JSON.stringify(thisProcess())));
    return undefined;
  });
  if (holder !== undefined) {
    await env.release();
    throw new CacheError(
      'unavailable',
      `the store in ${options.dir} is in use by another server, process ${holder.pid}: ` +
        'stop that one, or use another directory',
    );
  }
  return {
    release: async () => {
      await env.root.transaction(() => {
        env.meta.removeSync(lockKey);
      });
      await syncAndUnmark(env);
      await env.release();
    },
  };
}

const lockKey = Buffer.from('lock');
