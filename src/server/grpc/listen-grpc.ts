import http2, { constants, type Http2Server, type ServerHttp2Session } from 'node:http2';
import {
  createListener,
  type Listener,
  type TlsIdentity,
  trackConnections,
} from '../listener/listener.ts';
import type { OutputBudget } from '../listener/output-budget.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { CancelAllowance, cancelLimitsOf } from './cancel-allowance.ts';
import { ConnectionOutput } from './connection-output.ts';
import type { CallServer } from './serve-call.ts';

/** What bounds a connection that speaks gRPC. */
export interface GrpcConnectionLimits {
  readonly headerBytesMax: number;
  readonly connectionsMax: number;
  /** Longest wait for a client that does not read. */
  readonly responseIdleTimeoutMs: number;
}

export interface GrpcListenerOptions {
  readonly serveCall: CallServer;
  readonly limits: GrpcConnectionLimits;
  /** Bounds what waits for clients to read it. */
  readonly output: OutputBudget;
  readonly telemetry: Telemetry;
  /** `null`: the listener speaks HTTP/2 in plain text. */
  readonly tls: TlsIdentity | null;
}

/** Bazel opens few connections and wants at least 100 calls at a time on each. */
const streamsPerConnectionMax = 256;
/** What a client may send on one call before it is read: bounds memory, must cover the way there and back. */
const streamWindowBytes = 512 * 1024;
/** The same for a connection: calls that wait for the store must not stop the small ones beside them. */
const connectionWindowBytes = 8 * 2 ** 20;
/** Node closes streams of a connection that holds more; its default of 10 MB is less than the window. */
const sessionMemoryMb = 256;
/** How long a connection may have nothing to do. Clients keep channels for hours; they reconnect unseen. */
const idleTimeoutMs = 10 * 60_000;
/** How long a connection whose client cancels too much is still served. It should be used no more by then. */
const lastCallsMs = 2000;
/** How often unread answers are looked for, in parts of the time that they are given. */
const sweepsPerTimeout = 4;

/**
 * Makes the listener of gRPC. While it accepts no more connections it asks clients to make new
 * calls elsewhere.
 */
export function createGrpcListener(options: GrpcListenerOptions): Listener {
  const server = createServer(options);
  const connections = trackConnections(server, options.telemetry, options.limits.connectionsMax);
  const sessions = serveSessions(server, options);
  return createListener(server, connections, {
    onStopAccepting: () => sessions.announceEnd(),
    closeIdle: () => {
      sessions.closeIdle();
      // What never became a session has nothing to lose.
      for (const socket of connections.open) if (socket.bytesRead === 0) socket.destroy();
    },
    onCloseAll: () => sessions.destroyAll(),
  });
}

/** The HTTP/2 sessions of a listener. */
interface Sessions {
  /** Asks the clients of all sessions, and of those to come, to make new calls elsewhere. */
  announceEnd(): void;
  closeIdle(): void;
  destroyAll(): void;
}

interface OpenSession {
  readonly output: ConnectionOutput;
  readonly cancels: CancelAllowance;
  calls: number;
  isEnding: boolean;
}

function serveSessions(
  server: Http2Server,
  { serveCall, output: budget, limits: { responseIdleTimeoutMs } }: GrpcListenerOptions,
): Sessions {
  const open = new Map<ServerHttp2Session, OpenSession>();
  let isEnding = false;
  const sweep = setInterval(() => {
    const nowMs = performance.now();
    for (const [session, { output }] of open) {
      output.noteSent(session.socket.bytesWritten, nowMs);
      for (const call of output.calls) call.sweep(nowMs);
    }
  }, responseIdleTimeoutMs / sweepsPerTimeout).unref();
  server.once('close', () => clearInterval(sweep));
  server.on('session', (session) => {
    session.setLocalWindowSize(connectionWindowBytes);
    const state: OpenSession = {
      output: new ConnectionOutput(budget, { destroy: () => session.destroy() }),
      cancels: new CancelAllowance(cancelLimits),
      calls: 0,
      isEnding: false,
    };
    open.set(session, state);
    session.setTimeout(idleTimeoutMs, () => {
      if (state.calls === 0) session.close();
    });
    session.once('close', () => open.delete(session));
    session.on('error', () => session.destroy());
    if (isEnding) announceEnd(session);
  });
  server.on('stream', (stream, headers) => {
    const session = stream.session as ServerHttp2Session;
    const state = open.get(session);
    if (state === undefined) {
      stream.close(constants.NGHTTP2_REFUSED_STREAM);
      return;
    }
    state.calls += 1;
    stream.once('close', () => {
      state.calls -= 1;
      const isCancelled = stream.rstCode !== constants.NGHTTP2_NO_ERROR;
      if (isCancelled && !state.cancels.spend()) endWell(session, state);
    });
    serveCall(stream, headers, state.output);
  });
  server.on('sessionError', () => {
    // A connection that does not speak HTTP/2 is ended without an answer, which it could not read.
  });
  server.on('tlsClientError', () => {});
  return {
    announceEnd: () => {
      isEnding = true;
      for (const session of open.keys()) announceEnd(session);
    },
    closeIdle: () => {
      for (const [session, { calls }] of open) if (calls === 0) session.close();
    },
    destroyAll: () => {
      for (const session of open.keys()) session.destroy();
    },
  };
}

/**
 * Node's HTTP/2 ends a connection hard, and all its calls, once its client has cancelled too many.
 * Before that the client is asked to make its next calls on a new connection, and those under way
 * end well.
 */
function endWell(session: ServerHttp2Session, state: OpenSession): void {
  if (state.isEnding) return;
  state.isEnding = true;
  announceEnd(session);
  setTimeout(() => session.close(), lastCallsMs).unref();
}

const cancelLimits = cancelLimitsOf(process.versions.node);

function createServer({ tls, limits }: GrpcListenerOptions): Http2Server {
  const serverOptions = {
    settings: {
      maxConcurrentStreams: streamsPerConnectionMax,
      initialWindowSize: streamWindowBytes,
      maxHeaderListSize: limits.headerBytesMax,
      enablePush: false,
    },
    maxSessionMemory: sessionMemoryMb,
    // Node before 22.10 does not know them.
    streamResetBurst: cancelLimits.burst,
    streamResetRate: cancelLimits.perSecond,
  };
  const server: Http2Server =
    tls === null
      ? http2.createServer(serverOptions)
      : http2.createSecureServer({ ...serverOptions, ...tls, minVersion: 'TLSv1.2' });
  return server;
}

/**
 * The first of two steps of RFC 9113, 6.8: "no new calls here, please", with an id that cuts off
 * none of those already on their way. The second is `session.close()`.
 */
function announceEnd(session: ServerHttp2Session): void {
  if (session.destroyed || session.closed) return;
  session.goaway(constants.NGHTTP2_NO_ERROR, 2 ** 31 - 1);
}
