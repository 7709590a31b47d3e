import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

type EmbeddedDriver = typeof import('../../../src/storage/drivers/embedded/index.ts');

/** The embedded store of a checkout as its package exports it (`memobuild/storage/embedded`), built. */
export async function loadEmbeddedDriver(checkoutDir: string): Promise<EmbeddedDriver> {
  const built = join(checkoutDir, 'dist', 'storage', 'drivers', 'embedded', 'index.js');
  return (await import(pathToFileURL(built).href)) as EmbeddedDriver;
}
