import { join } from 'node:path';
import type { RowContext } from '../framework/row.ts';
import { type SpawnedServer, spawnServer } from '../framework/spawned.ts';

/** A program of `programs/` in so many processes. */
export async function startNodeServer(
  context: RowContext,
  program: 'node-http' | 'bare-net' | 'bare-map',
  { processes, sizeBytes }: { readonly processes: number; readonly sizeBytes: number },
): Promise<SpawnedServer> {
  const path = join(import.meta.dirname, 'programs', `${program}.ts`);
  return spawnServer(context, process.execPath, (port) => [
    ...['--import', 'tsx', path],
    ...[port, processes, sizeBytes].map(String),
  ]);
}
