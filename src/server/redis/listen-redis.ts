import net, { type Socket } from 'node:net';
import tls from 'node:tls';
import { CacheError } from '../../core/index.ts';
import { type RedisConnection, type RedisOptions, serveRedis } from '../../protocols/index.ts';
import type { TlsIdentity } from '../http/listen-http.ts';
import type { Telemetry } from '../telemetry/index.ts';

/** What bounds a connection that speaks Redis. */
export interface RedisLimits {
  readonly connectionsMax: number;
  /** Longest silence within a command. */
  readonly bodyIdleTimeoutMs: number;
  /** Longest wait for a client that does not read. */
  readonly responseIdleTimeoutMs: number;
}

export interface RedisListenerOptions {
  readonly redis: Omit<RedisOptions, 'onCommand'>;
  readonly limits: RedisLimits;
  readonly telemetry: Telemetry;
  /** Without it the listener speaks plain TCP. */
  readonly tls?: TlsIdentity | undefined;
}

/** A listening socket for Redis clients; drained like the HTTP one. */
export interface RedisListener {
  listen(address: { readonly host: string; readonly port: number }): Promise<number>;
  stopAccepting(): void;
  connectionsOpen(): number;
  drained(): Promise<void>;
  closeIdle(): void;
  closeAll(): void;
}

/** How long a client may say nothing between two commands. Long: compilers' servers keep a connection all day. */
const idleTimeoutMs = 10 * 60_000;

/** Makes the listener of the Redis protocol. */
export function createRedisListener(options: RedisListenerOptions): RedisListener {
  const { limits, telemetry } = options;
  const open = new Map<Socket, 'idle' | 'busy'>();
  let onLast: (() => void) | undefined;
  const redis: RedisOptions = {
    ...options.redis,
    onCommand: (command, succeeded, durationMs) => {
      const route = { name: 'redis', operation: `redis_${command}` };
      telemetry.requestEnded(route, command.toUpperCase(), succeeded ? 200 : 500, durationMs);
    },
  };
  const accept = (socket: Socket): void => {
    open.set(socket, 'idle');
    telemetry.connectionsAccepted += 1;
    telemetry.connectionsOpen += 1;
    socket.once('close', () => {
      open.delete(socket);
      telemetry.connectionsOpen -= 1;
      if (open.size === 0) onLast?.();
    });
    const connection = connectionOf(socket, limits, (phase) => {
      if (phase === 'busy') telemetry.requestStarted();
      if (open.has(socket)) open.set(socket, phase);
    });
    void serveRedis(redis, connection).then(() => hangUp(socket));
  };
  const server =
    options.tls === undefined
      ? net.createServer({ noDelay: true, keepAlive: true, allowHalfOpen: true }, accept)
      : tls.createServer(
          { ...options.tls, minVersion: 'TLSv1.2', noDelay: true, allowHalfOpen: true },
          accept,
        );
  server.maxConnections = limits.connectionsMax;
  server.on('drop', () => {
    telemetry.connectionsRefused += 1;
  });
  return {
    listen: ({ host, port }) =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen({ host, port, backlog: 1024 }, () => {
          server.off('error', reject);
          const address = server.address();
          resolve(typeof address === 'object' && address !== null ? address.port : port);
        });
      }),
    stopAccepting: () => {
      if (server.listening) server.close();
    },
    connectionsOpen: () => open.size,
    drained: () =>
      new Promise((resolve) => {
        if (open.size === 0) resolve();
        else onLast = resolve;
      }),
    closeIdle: () => {
      for (const [socket, phase] of open) if (phase === 'idle') socket.end();
    },
    closeAll: () => {
      for (const socket of open.keys()) socket.destroy();
    },
  };
}

function connectionOf(
  socket: Socket,
  limits: RedisLimits,
  onPhase: (phase: 'idle' | 'busy') => void,
): RedisConnection {
  const gone = new AbortController();
  socket.once('close', () => gone.abort(new CacheError('aborted', 'the client went away')));
  socket.on('error', () => socket.destroy());
  socket.on('timeout', () => socket.destroy());
  return {
    // The answers to what a client sent before it closed its half are still to go out.
    source: socket.iterator({ destroyOnReturn: false }),
    signal: gone.signal,
    onPhase: (phase) => {
      socket.setTimeout(phase === 'idle' ? idleTimeoutMs : limits.bodyIdleTimeoutMs);
      onPhase(phase);
    },
    write: (bytes) => write(socket, bytes, limits.responseIdleTimeoutMs),
  };
}

/** How long a client that was told of an error may go on sending before its connection is cut. */
const hangUpMs = 2000;

/** Ends a connection so that the last reply arrives: one closed on unread bytes is reset, and loses it. */
function hangUp(socket: Socket): void {
  socket.end();
  socket.resume();
  const timer = setTimeout(() => socket.destroy(), hangUpMs);
  socket.once('close', () => clearTimeout(timer));
}

async function write(socket: Socket, bytes: Uint8Array, timeoutMs: number): Promise<void> {
  if (socket.destroyed || !socket.writable) throw new CacheError('aborted', 'the client went away');
  if (socket.write(bytes)) return;
  await new Promise<void>((resolve, reject) => {
    const settle = (act: () => void): void => {
      clearTimeout(timer);
      socket.off('drain', onDrain);
      socket.off('close', onClose);
      act();
    };
    const onDrain = (): void => settle(resolve);
    const onClose = (): void =>
      settle(() => reject(new CacheError('aborted', 'the client went away')));
    const timer = setTimeout(() => {
      settle(() => reject(new CacheError('timeout', 'the client stopped reading')));
    }, timeoutMs);
    socket.on('drain', onDrain);
    socket.on('close', onClose);
  });
}
