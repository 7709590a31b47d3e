import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import type { RowContext } from '../framework/row.ts';
import { type SpawnedServer, spawnServer } from '../framework/spawned.ts';

/** The server of the checkout under measurement as a user starts it, with two workers over a store, by default an empty one. */
export async function startMemobuild(
  context: RowContext,
  storeDir?: string,
  args: readonly string[] = [],
): Promise<SpawnedServer> {
  const dir = storeDir ?? (await mkdtemp(join(context.dir, 'memobuild-')));
  return spawnServer(context, process.execPath, (port) => [
    context.checkout.program,
    'serve',
    ...['--port', String(port), '--dir', dir, '--workers', '2', '--max-size', '50GiB'],
    ...args,
  ]);
}
