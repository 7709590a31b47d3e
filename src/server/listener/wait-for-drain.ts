import type { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { CacheError } from '../../core/index.ts';
import type { OutputBudget } from './output-budget.ts';

/**
 * Waits until what was written to a client has gone out and it takes more.
 * @param timeoutMs longest wait for a client that does not read; without it the caller makes sure
 * that such a stream ends.
 * @throws {CacheError} `aborted` when the stream has ended, `timeout`.
 */
export function waitForDrain(stream: Writable, timeoutMs?: number): Promise<void> {
  if (stream.destroyed) return Promise.reject(clientGone());
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      clearTimeout(timer);
      stream.off('drain', onDrain);
      stream.off('close', onClose);
    };
    const onDrain = (): void => {
      settle();
      resolve();
    };
    const onClose = (): void => {
      settle();
      reject(clientGone());
    };
    const onTimeout = (): void => {
      settle();
      reject(new CacheError('timeout', 'the client stopped reading'));
    };
    const timer = timeoutMs === undefined ? undefined : setTimeout(onTimeout, timeoutMs);
    stream.on('drain', onDrain);
    stream.on('close', onClose);
  });
}

/**
 * As {@link waitForDrain}, with what waits for the client counted meanwhile.
 * @param stream what was written to, where it is not the socket itself.
 */
export async function waitForReader(
  socket: Socket,
  output: OutputBudget,
  timeoutMs: number,
  stream: Writable = socket,
): Promise<void> {
  output.note(socket, socket.writableLength);
  try {
    await waitForDrain(stream, timeoutMs);
  } finally {
    output.note(socket, 0);
  }
}

/** The outcome of a request whose client has gone. */
export function clientGone(): CacheError {
  return new CacheError('aborted', 'the client went away');
}
