import type { Socket } from 'node:net';
import { FastConnection } from './fast-connection.ts';
import type { FastPathHost } from './host.ts';

export interface FastPathOptions {
  /** A connection without a request under way is closed after this long. */
  readonly keepAliveTimeoutMs: number;
  /** A body of which nothing came for this long ends its connection. */
  readonly bodyIdleTimeoutMs: number;
  /** Slowest average of a body once it has run for {@link FastPathOptions.bodyIdleTimeoutMs}. */
  readonly bodyBytesPerSecMin: number;
}

/**
 * All connections that are on the fast path. Timeouts come from one coarse sweep instead of a timer
 * per connection, so they are late by up to a sweep.
 */
export class FastPath {
  readonly #connections = new Set<FastConnection>();
  readonly #host: FastPathHost;
  readonly #sweeper: NodeJS.Timeout;

  constructor(host: FastPathHost, options: FastPathOptions) {
    this.#host = host;
    const sweepMs = Math.min(1000, options.keepAliveTimeoutMs, options.bodyIdleTimeoutMs);
    this.#sweeper = setInterval(() => {
      this.#sweep(options, sweepMs);
    }, sweepMs);
    this.#sweeper.unref();
  }

  /** Takes a socket that was just accepted. It must be open for half-closing (`allowHalfOpen`). */
  accept(socket: Socket): void {
    const connection = new FastConnection(socket, this.#host, () => {
      this.#connections.delete(connection);
    });
    this.#connections.add(connection);
  }

  get connections(): number {
    return this.#connections.size;
  }

  /** Closes the connections that have no request under way. */
  closeIdle(): void {
    for (const connection of this.#connections) if (!connection.busy) connection.destroy();
  }

  /** Closes all connections, whatever they are doing. */
  destroy(): void {
    clearInterval(this.#sweeper);
    for (const connection of this.#connections) connection.destroy();
  }

  #sweep(options: FastPathOptions, sweepMs: number): void {
    const { bodyIdleTimeoutMs, keepAliveTimeoutMs, bodyBytesPerSecMin } = options;
    const bodyTimeMs = bodyIdleTimeoutMs + (1000 * this.#host.bodyBytesMax) / bodyBytesPerSecMin;
    for (const connection of this.#connections) {
      const { idleSweeps, receivingSweeps } = connection.swept();
      // A client that does not read its answer moves no byte either: busy or not, it is gone.
      const idleMaxMs = receivingSweeps > 0 ? bodyIdleTimeoutMs : keepAliveTimeoutMs;
      if (idleSweeps * sweepMs >= idleMaxMs || receivingSweeps * sweepMs >= bodyTimeMs) {
        connection.destroy();
      }
    }
  }
}
