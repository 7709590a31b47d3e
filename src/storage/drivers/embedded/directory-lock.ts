import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CacheError } from '../../../core/index.ts';
import type { StoreLock } from '../../store-driver.ts';
import { openEnvironment } from './environment.ts';
import { KernelLock } from './kernel-lock.ts';
import { layoutOf, makeStoreDirectory } from './layout.ts';
import type { EmbeddedStoreOptions } from './options.ts';
import { syncAndUnmark } from './owners.ts';

/** What `lockStoreDirectory` of `open.ts` loads. */
export async function lockDirectory(
  options: Pick<EmbeddedStoreOptions, 'dir' | 'durability' | 'logger'>,
): Promise<StoreLock> {
  const layout = layoutOf(options.dir);
  makeStoreDirectory(layout);
  const path = join(layout.locksDir, 'server');
  const lock = KernelLock.open(path);
  try {
    if (!lock.tryExclusive()) {
      throw new CacheError(
        'unavailable',
        `the store in ${options.dir} is in use by another server, process ${holderOf(path)}: ` +
          'stop that one, or use another directory',
      );
    }
    writeFileSync(path, String(process.pid));
    const env = await openEnvironment(options.dir, options.durability ?? 'process', options.logger);
    return {
      release: async () => {
        await syncAndUnmark(env);
        await env.release();
        lock.close();
      },
    };
  } catch (error) {
    lock.close();
    throw error;
  }
}

/** As the holder calls itself, which may be in a PID namespace of its own. */
function holderOf(path: string): string {
  return readFileSync(path, 'utf8').trim() || 'unknown';
}
