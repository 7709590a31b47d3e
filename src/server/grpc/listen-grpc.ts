import http2, { constants, type Http2Server, type ServerHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';
import type { TlsIdentity } from '../http/listen-http.ts';
import type { Telemetry } from '../telemetry/index.ts';
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
  /** Without it the listener speaks HTTP/2 in plain text. */
  readonly tls?: TlsIdentity | undefined;
}

/** A listening socket for gRPC clients; drained like the HTTP one. */
export interface GrpcListener {
  listen(address: { readonly host: string; readonly port: number }): Promise<number>;
  /** Takes no more connections, and asks clients to take new calls elsewhere. */
  stopAccepting(): void;
  connectionsOpen(): number;
  drained(): Promise<void>;
  closeIdle(): void;
  closeAll(): void;
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

/** Makes the listener of gRPC. */
export function createGrpcListener(options: GrpcListenerOptions): GrpcListener {
  const { serveCall, telemetry, limits } = options;
  const server = createServer(options);
  const sessions = new Map<ServerHttp2Session, { calls: number }>();
  const sockets = new Set<Socket>();
  let onLast: (() => void) | undefined;
  let isStopping = false;

  server.maxConnections = limits.connectionsMax;
  server.on('drop', () => {
    telemetry.connectionsRefused += 1;
  });
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    telemetry.connectionsAccepted += 1;
    telemetry.connectionsOpen += 1;
    socket.once('close', () => {
      sockets.delete(socket);
      telemetry.connectionsOpen -= 1;
      if (sockets.size === 0) onLast?.();
    });
  });
  server.on('session', (session) => {
    session.setLocalWindowSize(connectionWindowBytes);
    const state = { calls: 0 };
    sessions.set(session, state);
    session.setTimeout(idleTimeoutMs, () => {
      if (state.calls === 0) session.close();
    });
    session.once('close', () => sessions.delete(session));
    session.on('error', () => session.destroy());
    if (isStopping) announceEnd(session);
  });
  server.on('stream', (stream, headers) => {
    const state = sessions.get(stream.session as ServerHttp2Session);
    if (state !== undefined) {
      state.calls += 1;
      stream.once('close', () => {
        state.calls -= 1;
      });
    }
    serveCall(stream, headers);
  });
  server.on('sessionError', () => {
    // What is no HTTP/2 ends its connection; there is nobody to tell.
  });
  server.on('tlsClientError', () => {});
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
      isStopping = true;
      server.close();
      for (const session of sessions.keys()) announceEnd(session);
    },
    connectionsOpen: () => sockets.size,
    drained: () =>
      new Promise((resolve) => {
        if (sockets.size === 0) resolve();
        else onLast = resolve;
      }),
    closeIdle: () => {
      for (const [session, { calls }] of sessions) if (calls === 0) session.close();
      // What never became a session has nothing to lose.
      for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
    },
    closeAll: () => {
      for (const session of sessions.keys()) session.destroy();
      for (const socket of sockets) socket.destroy();
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
    tls === undefined
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
