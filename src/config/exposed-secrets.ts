import { stat } from 'node:fs/promises';
import { isLoopback } from './loopback.ts';
import { placesOf } from './places.ts';
import type { ServeConfig } from './schema.ts';

/** What lets others learn the secrets of a server that starts all the same: one sentence for each. */
export async function exposedSecrets({ listen, auth }: ServeConfig): Promise<string[]> {
  const warnings: string[] = [];
  for (const [flag, file] of [
    ['--tokens', auth.tokens],
    ['--tls-key', listen.tlsKey],
  ] as const) {
    if (file === undefined || !(await othersCanRead(file))) continue;
    warnings.push(
      `${flag} ${file} can be read by other users of this machine: chmod 600 fixes this`,
    );
  }
  if (auth.tokens !== undefined && listen.tlsCert === undefined && !isAtHome(listen)) {
    warnings.push(
      'tokens are sent in the clear over plain HTTP: give --tls-cert and --tls-key, or terminate TLS in a proxy',
    );
  }
  return warnings;
}

function isAtHome(listen: ServeConfig['listen']): boolean {
  return placesOf(listen).every((place) => !('host' in place) || isLoopback(place.host));
}

/** A file that can't be examined is reported where it is read. */
async function othersCanRead(file: string): Promise<boolean> {
  if (process.platform === 'win32') return false;
  const stats = await stat(file).catch(() => undefined);
  return stats !== undefined && (stats.mode & 0o004) !== 0;
}
