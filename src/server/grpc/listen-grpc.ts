import http2, { constants, type Http2Server, type ServerHttp2Session } from 'node:http2';
import {
  createListener,
  type Listener,
  type TlsIdentity,
  trackConnections,
} from '../listener/listener.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import type { CallServer } from './serve-call.ts';

/** What bounds a connection that speaks gRPC. */
export interface GrpcConnectionLimits {
  readonly headerBytesMax: number;
  readonly connectionsMax: number;
}

export interface GrpcListenerOptions {
  readonly serveCall: CallServer;
  readonly limits: GrpcConnectionLimits;
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

/**
 * Makes the listener of gRPC. While it accepts no more connections it asks clients to make new
 * calls elsewhere.
 */
export function createGrpcListener(options: GrpcListenerOptions): Listener {
  const server = createServer(options);
  const connections = trackConnections(server, options.telemetry, options.limits.connectionsMax);
  const sessions = serveSessions(server, options.serveCall);
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
  /** Tells the clients of all sessions, and of those to come, to take new calls elsewhere. */
  announceEnd(): void;
  closeIdle(): void;
  destroyAll(): void;
}

function serveSessions(server: Http2Server, serveCall: CallServer): Sessions {
  const open = new Map<ServerHttp2Session, { calls: number }>();
  let isEnding = false;
  server.on('session', (session) => {
    session.setLocalWindowSize(connectionWindowBytes);
    const state = { calls: 0 };
    open.set(session, state);
    session.setTimeout(idleTimeoutMs, () => {
      if (state.calls === 0) session.close();
    });
    session.once('close', () => open.delete(session));
    session.on('error', () => session.destroy());
    if (isEnding) announceEnd(session);
  });
  server.on('stream', (stream, headers) => {
    const state = open.get(stream.session as ServerHttp2Session);
    if (state !== undefined) {
      state.calls += 1;
      stream.once('close', () => {
        state.calls -= 1;
      });
    }
    serveCall(stream, headers);
  });
  server.on('sessionError', () => {
    // What is not HTTP/2 ends its connection; there is nobody to tell.
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

function createServer({ tls, limits }: GrpcListenerOptions): Http2Server {
  const serverOptions = {
    settings: {
      maxConcurrentStreams: streamsPerConnectionMax,
      initialWindowSize: streamWindowBytes,
      maxHeaderListSize: limits.headerBytesMax,
      enablePush: false,
    },
    maxSessionMemory: sessionMemoryMb,
  };
  const server: Http2Server =
    tls === null
      ? http2.createServer(serverOptions)
      : http2.createSecureServer({ ...serverOptions, ...tls, minVersion: 'TLSv1.2' });
  return server;
}

/**
 * The first of two steps of RFC 9113, 6.8: "no new calls here, please", with an id that cuts none
 * off that is on its way already. The second is `session.close()`.
 */
function announceEnd(session: ServerHttp2Session): void {
  if (session.destroyed || session.closed) return;
  session.goaway(constants.NGHTTP2_NO_ERROR, 2 ** 31 - 1);
}
