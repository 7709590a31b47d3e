import type { RunningCache, StartCacheOptions } from './cache-options.ts';
import { CacheStartError } from './cache-options.ts';

/**
 * Starts a cache on the loopback, for tests and tools: on a free port and in a temporary directory
 * unless you choose others. It speaks every protocol that `memobuild serve` speaks.
 *
 *     await using cache = await startCache();
 *     await fetch(`${cache.url}/blobs/default/key`, { method: 'PUT', body: 'bytes' });
 *
 * @throws {CacheStartError} where an option is wrong, or the port or directory can't be had.
 * @throws the signal's reason, where it was aborted before the cache listened.
 */
export async function startCache(options: StartCacheOptions = {}): Promise<RunningCache> {
  const { process: where = 'this', signal, ...serveOptions } = options;
  signal?.throwIfAborted();
  if (where !== 'this' && where !== 'own') {
    throw new CacheStartError(
      'bad_option',
      `process must be 'this' or 'own'; got ${String(where)}`,
    );
  }
  // Loaded on use: whoever runs a cache in its own process needs no server in this one.
  const served =
    where === 'own'
      ? await (await import('./own-process.ts')).serveInOwnProcess(serveOptions, signal)
      : await (await import('./serve.ts')).serve(serveOptions);
  const { port, otherPorts, dir } = served;
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => {
    signal?.removeEventListener('abort', onAbort);
    closed ??= served.close();
    return closed;
  };
  const onAbort = (): void => void close();
  if (signal?.aborted === true) {
    await close();
    signal.throwIfAborted();
  }
  signal?.addEventListener('abort', onAbort, { once: true });
  const url = `http://127.0.0.1:${port}`;
  return { url, port, otherPorts, dir, close, [Symbol.asyncDispose]: close };
}
