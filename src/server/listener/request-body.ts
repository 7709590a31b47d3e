import type { Readable } from 'node:stream';
import { CacheError } from '../../core/index.ts';

/** How long a sender may take. */
export interface BodyLimits {
  /** Longest pause between two pieces of a body. */
  readonly bodyIdleTimeoutMs: number;
  /** Slowest average of a body, once it has run for {@link bodyIdleTimeoutMs}. */
  readonly bodyBytesPerSecMin: number;
}

/**
 * A request's body as it comes, read no faster than it is asked for. Unlike Node's own iterator it
 * leaves the connection usable when the reader stops early: the answer still has to go out on it.
 * @throws {CacheError} `aborted` when the client went away, `timeout` when it is too slow.
 */
export function readBody(request: Readable, limits: BodyLimits): AsyncIterable<Uint8Array> {
  return { [Symbol.asyncIterator]: () => iterate(request, limits) };
}

async function* iterate(
  request: Readable,
  limits: BodyLimits,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { bodyIdleTimeoutMs, bodyBytesPerSecMin } = limits;
  let wake: (() => void) | undefined;
  let tooSlow: string | undefined;
  let receivedBytes = 0;
  const startedMs = performance.now();
  const onEvent = (): void => wake?.();
  const timer = setTimeout(() => {
    tooSlow = `no byte of the body arrived for ${bodyIdleTimeoutMs} ms`;
    wake?.();
  }, bodyIdleTimeoutMs);
  for (const event of bodyEvents) request.on(event, onEvent);
  try {
    for (;;) {
      const chunk: Buffer | null = request.read();
      if (chunk !== null) {
        receivedBytes += chunk.byteLength;
        yield chunk;
        // The pause for which the reader is to blame is not charged to the sender.
        timer.refresh();
        continue;
      }
      if (request.readableEnded) return;
      if (request.destroyed) {
        throw new CacheError('aborted', 'the connection ended before the body did', {
          cause: request.errored ?? undefined,
        });
      }
      if (isTooSlow(limits, receivedBytes, performance.now() - startedMs)) {
        tooSlow = `the body arrived slower than ${bodyBytesPerSecMin} bytes per second`;
      }
      if (tooSlow !== undefined) throw new CacheError('timeout', tooSlow);
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  } finally {
    clearTimeout(timer);
    for (const event of bodyEvents) request.off(event, onEvent);
  }
}

/** Whether a sender is slower than it may be on average, once it has had the time of a pause. */
export function isTooSlow(
  { bodyIdleTimeoutMs, bodyBytesPerSecMin }: BodyLimits,
  receivedBytes: number,
  elapsedMs: number,
): boolean {
  return elapsedMs > bodyIdleTimeoutMs && receivedBytes * 1000 < bodyBytesPerSecMin * elapsedMs;
}

const bodyEvents = ['readable', 'end', 'error', 'close'] as const;
