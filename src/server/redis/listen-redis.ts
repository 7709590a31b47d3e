import net, { type Socket } from 'node:net';
import tls from 'node:tls';
import { type RedisConnection, type RedisOptions, serveRedis } from '../../protocols/index.ts';
import {
  createListener,
  type Listener,
  type TlsIdentity,
  trackConnections,
} from '../listener/listener.ts';
import type { OutputBudget } from '../listener/output-budget.ts';
import { clientGone, waitForReader } from '../listener/wait-for-drain.ts';
import type { AccessLine } from '../telemetry/access-log.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { Pace } from './pace.ts';

/** What bounds a connection that speaks Redis. */
export interface RedisLimits {
  readonly connectionsMax: number;
  /** Longest silence within a command. */
  readonly bodyIdleTimeoutMs: number;
  /** Lowest average rate of a command that takes longer than that. */
  readonly bodyBytesPerSecMin: number;
  /** Longest wait for a client that does not read. */
  readonly responseIdleTimeoutMs: number;
}

export interface RedisListenerOptions {
  readonly redis: Omit<RedisOptions, 'onCommand'>;
  readonly limits: RedisLimits;
  readonly output: OutputBudget;
  readonly telemetry: Telemetry;
  /** Called once a command is over, if access lines are enabled. */
  readonly onAccess?: ((line: AccessLine) => void) | undefined;
  /** `null`: the listener speaks plain TCP. */
  readonly tls: TlsIdentity | null;
}

/**
 * How long a client may be silent between two commands. It is long because compilers' servers keep
 * a connection all day.
 */
const idleTimeoutMs = 10 * 60_000;

/** Makes the listener of the Redis protocol. */
export function createRedisListener(options: RedisListenerOptions): Listener {
  const { limits, output, telemetry, onAccess } = options;
  const server = createServer(options);
  const event = options.tls === null ? 'connection' : 'secureConnection';
  const connections = trackConnections(server, telemetry, limits.connectionsMax, event);
  const busy = new WeakSet<Socket>();
  const redis: RedisOptions = {
    ...options.redis,
    onCommand: (served) => {
      const { command, durationMs } = served;
      const route = { name: 'redis', operation: `redis_${command}` };
      const status = served.succeeded ? 200 : 500;
      telemetry.requestEnded(route, command.toUpperCase(), status, durationMs);
      onAccess?.({
        method: command.toUpperCase(),
        url: served.key ?? '',
        status,
        durationMs,
        principal: served.principal,
        remote: served.remoteAddress,
        complete: served.complete,
      });
    },
  };
  server.on(event, (socket: Socket) => {
    const connection = connectionOf(socket, limits, output, (phase) => {
      if (phase === 'idle') {
        busy.delete(socket);
      } else {
        telemetry.requestStarted();
        busy.add(socket);
      }
    });
    serveRedis(redis, connection)
      .then(() => hangUp(socket))
      .catch(() => socket.destroy());
  });
  return createListener(server, connections, {
    closeIdle: () => {
      for (const socket of connections.open) if (!busy.has(socket)) socket.end();
    },
  });
}

function createServer({ tls: identity }: RedisListenerOptions): net.Server {
  if (identity === null) {
    return net.createServer({ noDelay: true, keepAlive: true, allowHalfOpen: true });
  }
  const serverOptions = { minVersion: 'TLSv1.2', noDelay: true, allowHalfOpen: true } as const;
  return tls.createServer({ ...identity, ...serverOptions });
}

function connectionOf(
  socket: Socket,
  limits: RedisLimits,
  output: OutputBudget,
  onPhase: (phase: 'idle' | 'busy') => void,
): RedisConnection {
  const gone = new AbortController();
  socket.once('close', () => gone.abort(clientGone()));
  socket.on('error', () => socket.destroy());
  socket.on('timeout', () => socket.destroy());
  const pace = new Pace(socket, limits);
  return {
    // The answers to what a client sent before it closed its half are still to go out.
    source: pace.watch(socket.iterator({ destroyOnReturn: false })),
    remoteAddress: socket.remoteAddress,
    signal: gone.signal,
    onPhase: (phase) => {
      pace.enter(phase);
      socket.setTimeout(phase === 'idle' ? idleTimeoutMs : limits.bodyIdleTimeoutMs);
      onPhase(phase);
    },
    write: (bytes) => write(socket, bytes, output, limits.responseIdleTimeoutMs),
  };
}

/** How long a client may keep sending after an error answer before its connection is cut. */
const hangUpMs = 2000;

/** Ends a connection so that the last reply arrives: one closed on unread bytes is reset, and loses it. */
function hangUp(socket: Socket): void {
  socket.end();
  socket.resume();
  const timer = setTimeout(() => socket.destroy(), hangUpMs);
  socket.once('close', () => clearTimeout(timer));
}

async function write(
  socket: Socket,
  bytes: Uint8Array,
  output: OutputBudget,
  timeoutMs: number,
): Promise<void> {
  if (socket.destroyed || !socket.writable) throw clientGone();
  if (!socket.write(bytes)) await waitForReader(socket, output, timeoutMs);
}
