import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import {
  createListener,
  type Listener,
  type TlsIdentity,
  trackConnections,
} from '../listener/listener.ts';
import type { OutputBudget } from '../listener/output-budget.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import {
  type FastPathHost,
  type FastPathOptions,
  keepAliveProbeMs,
  putInFront,
} from './fast-path/index.ts';
import type { RequestHandler } from './handle-request.ts';
import { RequestQueues } from './request-queues.ts';

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
  readonly output: OutputBudget;
  readonly telemetry: Telemetry;
  /** What the fast path for hot requests needs. Without it every request goes to `handler`. */
  readonly fastPath?: Omit<FastPathHost, 'handOver'> | undefined;
  /** `null`: the listener speaks plain HTTP. */
  readonly tls: TlsIdentity | null;
}

/** Makes the listener of HTTP/1, for all protocols that build tools speak over it. */
export function createHttpListener(options: HttpListenerOptions): Listener {
  const { telemetry, limits, fastPath } = options;
  const server = createServer(options);
  serveRequests(server, options);
  const event = options.tls === null ? 'connection' : 'secureConnection';
  const fast = fastPath === undefined ? undefined : putInFront(server, event, fastPath, limits);
  const connections = trackConnections(server, telemetry, limits.connectionsMax);
  return createListener(server, connections, {
    closeIdle: () => {
      server.closeIdleConnections();
      fast?.closeIdle();
      // Node counts a connection that never sent a byte among the busy ones.
      for (const socket of connections.open) if (socket.bytesRead === 0) socket.destroy();
    },
  });
}

function serveRequests(
  server: http.Server | https.Server,
  { handler, output }: HttpListenerOptions,
): void {
  const queues = new RequestQueues(output);
  const serve = (request: IncomingMessage, response: ServerResponse, expects: boolean): void => {
    queues.take(request.socket, response, () => handler(request, response, expects));
  };
  server.on('request', (request, response) => serve(request, response, false));
  server.on('checkContinue', (request, response) => serve(request, response, true));
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    // With an answer under way, a second one would be taken for a part of it.
    const isBusy = queues.isBusy(socket);
    if (isBusy || !socket.writable || error.code === 'ECONNRESET') socket.destroy();
    else refuseMalformed(error, socket);
  });
}

function createServer({ tls, limits, fastPath }: HttpListenerOptions): http.Server | https.Server {
  const isLeftToFastPath = fastPath !== undefined && tls === null;
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
  const server =
    tls === null
      ? http.createServer(serverOptions)
      : https.createServer({ ...serverOptions, ...tls, minVersion: 'TLSv1.2' });
  // A client may close its half once it has asked: its answers are still to go out.
  (server as { httpAllowHalfOpen?: boolean }).httpAllowHalfOpen = true;
  server.keepAliveTimeout = limits.keepAliveTimeoutMs;
  // A whole request may take as long as its body keeps coming: body timeouts are request-body.ts's.
  server.requestTimeout = 0;
  server.timeout = 0;
  return server;
}

/** Answers what is not an HTTP request, and what took too long to become one. */
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
