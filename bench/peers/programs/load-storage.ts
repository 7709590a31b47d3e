import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** The storage of a checkout as its package exports it (`memobuild/storage`), built. */
export async function loadStorage(
  checkoutDir: string,
): Promise<typeof import('../../../src/storage/index.ts')> {
  const built = join(checkoutDir, 'dist', 'storage', 'index.js');
  return (await import(pathToFileURL(built).href)) as Awaited<ReturnType<typeof loadStorage>>;
}
