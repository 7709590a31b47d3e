import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { siblingModule } from '../core/index.ts';
import { CacheStartError, type CacheStartErrorCode } from './cache-options.ts';
import type { ServedCache, ServeOptions } from './serve.ts';

/** From the process of a cache, once. */
export type FromCacheProcess =
  | ({ readonly kind: 'listening' } & Omit<ServedCache, 'close'>)
  | { readonly kind: 'failed'; readonly code: CacheStartErrorCode; readonly message: string };

const startTimeoutMs = 30_000;
/** Longer than the process itself takes to close. */
const closeTimeoutMs = 10_000;
const stderrCharsMax = 8 * 1024;

/**
 * Serves a cache in a process of its own. That process closes the cache when the channel to this
 * one is gone, so it ends with this one, however this one ends.
 * @throws {CacheStartError}; the signal's reason.
 */
export async function serveInOwnProcess(
  options: ServeOptions,
  signal: AbortSignal | undefined,
): Promise<ServedCache> {
  const child = fork(fileURLToPath(siblingModule(import.meta.url, './own-process-main')), {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  const close = async (): Promise<void> => {
    if (child.connected) child.disconnect();
    const timer = setTimeout(() => child.kill('SIGKILL'), closeTimeoutMs);
    await exited;
    clearTimeout(timer);
  };
  try {
    const answer = answerOf(child, signal);
    child.send(options);
    const said = await answer;
    if (said.kind === 'failed') throw new CacheStartError(said.code, said.message);
    const { port, otherPorts, dir } = said;
    return { port, otherPorts, dir, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function answerOf(
  child: ChildProcess,
  signal: AbortSignal | undefined,
): Promise<FromCacheProcess> {
  let stderr = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-stderrCharsMax);
  });
  const settled = new AbortController();
  const timeout = AbortSignal.timeout(startTimeoutMs);
  const until = AbortSignal.any([
    settled.signal,
    timeout,
    ...(signal === undefined ? [] : [signal]),
  ]);
  try {
    const [first] = (await Promise.race([
      once(child, 'message', { signal: until }),
      once(child, 'exit', { signal: until }).then(() => {
        throw new CacheStartError('not_started', `the cache's process ended: ${stderr.trim()}`);
      }),
    ])) as [FromCacheProcess];
    return first;
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof CacheStartError) throw error;
    const seconds = startTimeoutMs / 1000;
    const what = timeout.aborted ? `did not listen within ${seconds} s` : 'could not be started';
    throw new CacheStartError('not_started', `the cache's process ${what}`, { cause: error });
  } finally {
    settled.abort();
  }
}
