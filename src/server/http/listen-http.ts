import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import net, { type Socket } from 'node:net';
import type { Telemetry } from '../telemetry/index.ts';
import {
  type FastPathHost,
  type FastPathOptions,
  keepAliveProbeMs,
  putInFront,
} from './fast-path/index.ts';
import type { RequestHandler } from './handle-request.ts';

/** What bounds a connection. */
export interface ConnectionLimits {
  readonly headerBytesMax: number;
  /** Longest time from a connection's, or a request's, first byte to the end of its head. */
  readonly headersTimeoutMs: number;
  /** How long an idle connection is kept. Long, because clients keep pools and dislike resets. */
  readonly keepAliveTimeoutMs: number;
  /** Connections open at a time in this process; more are closed as they come. */
  readonly connectionsMax: number;
}

export interface HttpListenerOptions {
  readonly handler: RequestHandler;
  readonly limits: ConnectionLimits & FastPathOptions;
  readonly telemetry: Telemetry;
  /** What the fast path for hot requests stands on. Without it every request goes to `handler`. */
  readonly fastPath?: Omit<FastPathHost, 'handOver'> | undefined;
  /** PEM texts. Without them the listener speaks plain HTTP. */
  readonly tls?: TlsIdentity | undefined;
}

export interface TlsIdentity {
  readonly cert: string;
  readonly key: string;
}

/** A listening socket and the connections that came in through it. */
export interface HttpListener {
  /** @returns the port. @throws the system's error, such as `EADDRINUSE`. */
  listen(address: { readonly host: string; readonly port: number }): Promise<number>;
  /** Takes no more connections. Those open go on being served. */
  stopAccepting(): void;
  connectionsOpen(): number;
  /** Resolves when no connection is open, at once if none is. Only after {@link stopAccepting}. */
  drained(): Promise<void>;
  /** Closes connections on which nothing is under way. */
  closeIdle(): void;
  /** Closes all connections, whatever is under way. */
  closeAll(): void;
  /** Presents another certificate to connections from now on. */
  replaceTls(tls: TlsIdentity): void;
}

/** The one place where listening sockets are made. */
export function createHttpListener(options: HttpListenerOptions): HttpListener {
  const { handler, telemetry, limits } = options;
  const server = createServer(options);
  const sockets = new Set<Socket>();
  const busy = new WeakSet<Socket>();
  let onLast: (() => void) | undefined;

  server.maxConnections = limits.connectionsMax;
  server.keepAliveTimeout = limits.keepAliveTimeoutMs;
  // A whole request may take as long as its body keeps coming: body time-outs are request-body.ts's.
  server.requestTimeout = 0;
  server.timeout = 0;
  const serve = (request: IncomingMessage, response: ServerResponse, expects: boolean): void => {
    const { socket } = request;
    busy.add(socket);
    response.once('close', () => busy.delete(socket));
    handler(request, response, expects);
  };
  server.on('request', (request, response) => serve(request, response, false));
  server.on('checkContinue', (request, response) => serve(request, response, true));
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    // With an answer under way, a second one would be taken for a part of it.
    if (busy.has(socket) || !socket.writable || error.code === 'ECONNRESET') socket.destroy();
    else refuseMalformed(error, socket);
  });
  server.on('drop', () => {
    telemetry.connectionsRefused += 1;
  });
  const event = options.tls === undefined ? 'connection' : 'secureConnection';
  const fast =
    options.fastPath === undefined
      ? undefined
      : putInFront(server, event, options.fastPath, limits);
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
  return {
    listen: ({ host, port }) => listen(server, host, port),
    stopAccepting: () => {
      // http.Server's own close() also cuts idle connections, one of which may have a request on
      // the wire. net.Server's only closes the listening socket.
      net.Server.prototype.close.call(server);
    },
    connectionsOpen: () => sockets.size,
    drained: () =>
      new Promise((resolve) => {
        if (sockets.size === 0) resolve();
        else onLast = resolve;
      }),
    closeIdle: () => {
      server.closeIdleConnections();
      fast?.closeIdle();
      // Node counts a connection that never sent a byte among the busy ones.
      for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
    },
    closeAll: () => {
      for (const socket of sockets) socket.destroy();
    },
    replaceTls: (tls) => {
      if (server instanceof https.Server) server.setSecureContext(tls);
    },
  };
}

function createServer({ tls, limits, fastPath }: HttpListenerOptions): http.Server | https.Server {
  const isLeftToFastPath = fastPath !== undefined && tls === undefined;
  const serverOptions = {
    maxHeaderSize: limits.headerBytesMax,
    headersTimeout: limits.headersTimeoutMs,
    connectionsCheckingInterval: Math.min(1000, limits.headersTimeoutMs),
    // The fast path sets these itself, on connections that last.
    noDelay: !isLeftToFastPath,
    // Finds peers that vanished without a word.
    keepAlive: !isLeftToFastPath,
    keepAliveInitialDelay: keepAliveProbeMs,
  };
  return tls === undefined
    ? http.createServer(serverOptions)
    : https.createServer({ ...serverOptions, ...tls, minVersion: 'TLSv1.2' });
}

/** The kernel's queue of connections not yet accepted: builds start hundreds at once. */
const listenBacklog = 1024;

function listen(server: http.Server | https.Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, backlog: listenBacklog }, () => {
      server.off('error', reject);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

/** Answers what is no HTTP request, and what took too long to become one. */
function refuseMalformed(error: NodeJS.ErrnoException, socket: Socket): void {
  const status = malformedStatus[error.code ?? ''] ?? '400 Bad Request';
  const text = `${status}\n`;
  socket.end(
    `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: ${text.length}\r\n\r\n${text}`,
    () => socket.destroy(),
  );
}

const malformedStatus: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: '413 Payload Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};
