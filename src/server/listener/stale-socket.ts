import { lstat, rm } from 'node:fs/promises';
import { connect } from 'node:net';

/**
 * Removes what a server that was killed left at a socket's path.
 * @throws {Error} when a process listens there, or the file is not a socket.
 */
export async function removeStaleSocket(path: string): Promise<void> {
  const stats = await lstat(path).catch(() => undefined);
  if (stats === undefined) return;
  if (!stats.isSocket()) throw new Error(`unix:${path} is not a socket, and is left alone`);
  if (await isListenedTo(path)) {
    throw new Error(`unix:${path} is in use: another program listens there`);
  }
  await rm(path, { force: true });
}

/** Only a refusal proves that no process does: a full queue, or no permission, proves the opposite. */
function isListenedTo(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', ({ code }: NodeJS.ErrnoException) => {
      resolve(code !== 'ECONNREFUSED' && code !== 'ENOENT');
    });
  });
}
