import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import {
  type BodySink,
  type HttpExchange,
  type HttpReply,
  type HttpRequest,
  OperationFailure,
} from '../../../protocols/shared/load-client.ts';
import { type ConnectionObserver, unobserved } from '../shared/connection-observer.ts';
import type { Bounded, DeadlineSweep } from '../shared/deadline-sweep.ts';
import type { Endpoint } from '../shared/endpoint.ts';
import {
  brokeBy,
  endedByRun,
  notConnected,
  type PendingExchange,
  runIsOver,
  timedOut,
  wasStale,
} from '../shared/pending-exchange.ts';
import { sendPieces } from '../shared/send-pieces.ts';
import { ResponseParser } from './response-parser.ts';

/**
 * One client's connection: HTTP/1.1 with keep-alive, opened when it is first needed and reopened
 * when the server closed it. One exchange at a time; no pipelining, no redirects, no retries but one:
 * a request that crossed the close of a kept connection is sent once more.
 *
 * Failures are distinguished as follows: no connection could be made (TLS handshake included):
 * `refused`, or `generator` where this machine is the reason. The connection ended, by FIN or RST, before the answer was whole by its own framing:
 * `reset`. Bytes that are not an answer, or that arrived without a request: `protocol`. A
 * connection that the server closed while it was idle is not a failure.
 */
export class Connection implements HttpExchange, Bounded {
  /** By when the exchanges of the operation under way must be over (performance.now()). */
  deadlineMs: number = Number.POSITIVE_INFINITY;
  /** Connections made so far. */
  opened = 0;
  readonly #endpoint: Endpoint;
  readonly #sweep: DeadlineSweep;
  readonly #parser = new ResponseParser((error) => this.#fail(error));
  #socket: Socket | undefined;
  #connected = false;
  #pending: PendingExchange | undefined;
  /** How much of the request's body is still to be sent. */
  #unsentFrom = -1;
  /** When the server will have closed the idle connection, as it announced. */
  #staleAtMs = Number.POSITIVE_INFINITY;
  #isClosed = false;
  readonly #observer: ConnectionObserver;
  /** Whether an answer has come on this socket: then it was kept. */
  #isKept = false;
  /** Whether the exchange under way was sent before, on a connection that had been closed. */
  #isAgain = false;
  /** Whether the answer under way has arrived and only its decoding is not over. */
  #isDecodingLast = false;
  #openedAtMs = 0;
  #sentAtMs = 0;
  #firstByteAtMs = 0;
  /** Bytes arrived on the idle connection: the next exchange fails with it. */
  #intrusion: OperationFailure | undefined;

  constructor(endpoint: Endpoint, sweep: DeadlineSweep, observer: ConnectionObserver = unobserved) {
    this.#endpoint = endpoint;
    this.#sweep = sweep;
    this.#observer = observer;
    sweep.add(this);
  }

  exchange(request: HttpRequest, onBody?: BodySink): Promise<HttpReply> {
    return new Promise((resolve, reject) => {
      if (this.#pending !== undefined) throw new Error('one exchange at a time');
      this.#pending = { request, onBody, resolve, reject };
      this.#isAgain = false;
      if (this.#isClosed) {
        this.#fail(runIsOver());
        return;
      }
      if (this.#intrusion !== undefined) {
        const intrusion = this.#intrusion;
        this.#intrusion = undefined;
        this.#fail(intrusion);
        return;
      }
      if (this.#staleAtMs < Number.POSITIVE_INFINITY && performance.now() > this.#staleAtMs) {
        this.#drop();
      }
      if (this.#socket === undefined) this.#open();
      else this.#send();
    });
  }

  /** Ends the exchange under way, if any, as timed out. */
  expire(): void {
    if (this.#pending === undefined) return;
    this.#fail(timedOut());
  }

  /** Closes the connection for good; an exchange under way fails as `reset`. */
  close(): void {
    this.#isClosed = true;
    this.#sweep.delete(this);
    if (this.#pending !== undefined) {
      this.#fail(endedByRun());
    }
    this.#drop();
  }

  #open(): void {
    const { host, port, tls } = this.#endpoint;
    this.opened += 1;
    this.#openedAtMs = performance.now();
    this.#connected = false;
    this.#staleAtMs = Number.POSITIVE_INFINITY;
    let socket: Socket;
    try {
      socket =
        tls === undefined
          ? // One buffer for all connections of the thread: each read is dealt with before the next.
            connectTcp({
              host,
              port,
              noDelay: true,
              onread: {
                buffer: readBuffer,
                callback: (size) => {
                  this.#read(socket, readBuffer, size);
                  return true;
                },
              },
            })
          : connectTls({ ...tls, host, port });
    } catch (error) {
      this.#fail(notConnected(error));
      return;
    }
    this.#socket = socket;
    socket.once(tls === undefined ? 'connect' : 'secureConnect', () => {
      if (this.#socket !== socket) return;
      this.#connected = true;
      this.#observer.connected(performance.now() - this.#openedAtMs);
      if (this.#pending !== undefined) this.#send();
    });
    if (tls !== undefined) {
      socket.setNoDelay(true);
      socket.on('data', (chunk: Buffer) => this.#read(socket, chunk, chunk.length));
    }
    socket.on('drain', () => {
      if (this.#socket === socket && this.#unsentFrom >= 0) this.#sendBody();
    });
    socket.on('end', () => this.#ended(socket));
    socket.on('error', (error) => this.#broke(socket, error));
    socket.on('close', () => this.#broke(socket, undefined));
  }

  #send(): void {
    const { request, onBody } = this.#pending!;
    const { basePath, headerLines } = this.#endpoint;
    this.#parser.begin(request.method === 'HEAD', onBody);
    this.#sentAtMs = performance.now();
    const own = request.headerLines ?? '';
    const start = `${request.method} ${basePath}${request.path} HTTP/1.1\r\n${headerLines}${own}`;
    const { body } = request;
    if (body === undefined) {
      // A GET without a body needs no length; a PUT without one says so.
      const none = request.method === 'PUT' || request.method === 'POST';
      this.#socket!.write(none ? `${start}Content-Length: 0\r\n\r\n` : `${start}\r\n`, 'latin1');
      return;
    }
    const type = request.contentType ?? 'application/octet-stream';
    const head = `${start}Content-Type: ${type}\r\nContent-Length: ${body.sizeBytes}\r\n\r\n`;
    if (body.sizeBytes <= joinedBytesMax) {
      this.#socket!.write(joined(head, body));
      return;
    }
    this.#socket!.cork();
    this.#socket!.write(head, 'latin1');
    this.#unsentFrom = 0;
    this.#sendBody();
    this.#socket?.uncork();
  }

  /** Sends pieces of the body until the socket's buffer is full; continues when it has drained. */
  #sendBody(): void {
    const body = this.#pending!.request.body!;
    this.#unsentFrom = sendPieces(this.#socket!, body, this.#unsentFrom);
    if (this.#unsentFrom >= body.sizeBytes) this.#unsentFrom = -1;
  }

  #read(socket: Socket, bytes: Buffer, size: number): void {
    if (socket !== this.#socket) return;
    const pending = this.#pending;
    if (pending === undefined || !this.#connected) {
      this.#intrusion = new OperationFailure('protocol', 'bytes arrived on an idle connection');
      this.#drop();
      return;
    }
    if (!this.#parser.begun) this.#firstByteAtMs = performance.now();
    try {
      const isWhole = this.#parser.push(bytes, size);
      if (this.#parser.decoder !== undefined) this.#decode(pending, socket, isWhole);
      else if (isWhole) this.#succeed(pending);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** The answer's content is encoded: reads no faster than it is decoded, and waits for the last of it. */
  #decode(pending: PendingExchange, socket: Socket, isWhole: boolean): void {
    const decoder = this.#parser.decoder!;
    if (isWhole) {
      this.#isDecodingLast = true;
      decoder.end(() => this.#succeed(pending));
    } else if (decoder.isBehind) {
      socket.pause();
      void decoder.caughtUp().then(() => socket.resume());
    }
  }

  #ended(socket: Socket): void {
    if (socket !== this.#socket) return;
    const pending = this.#pending;
    if (pending === undefined || this.#isDecodingLast) this.#dropSocket();
    else if (this.#parser.end()) {
      if (this.#parser.decoder === undefined) this.#succeed(pending);
      else this.#decode(pending, socket, true);
    } else if (this.#mayResend(pending)) this.#sendAgain();
    else this.#fail(new OperationFailure('reset', this.#endedEarly('ended')));
  }

  #broke(socket: Socket, error: Error | undefined): void {
    if (socket !== this.#socket) return;
    if (this.#pending === undefined || this.#isDecodingLast) {
      this.#dropSocket();
      return;
    }
    if (wasStale(error) && this.#mayResend(this.#pending)) {
      this.#sendAgain();
      return;
    }
    this.#fail(
      this.#connected
        ? new OperationFailure('reset', this.#endedEarly(brokeBy(error)), { cause: error })
        : notConnected(error),
    );
  }

  /** A POST may have done something before the connection ended (RFC 9110, 9.2.2). */
  #mayResend({ request }: PendingExchange): boolean {
    return this.#isKept && !this.#isAgain && !this.#parser.begun && request.method !== 'POST';
  }

  #sendAgain(): void {
    this.#observer.wasStale();
    this.#drop();
    this.#isAgain = true;
    this.#open();
  }

  #endedEarly(how: string): string {
    return this.#parser.begun
      ? `the connection ${how} before the answer was whole`
      : `the connection ${how} before an answer arrived`;
  }

  #succeed(pending: PendingExchange): void {
    this.#pending = undefined;
    this.#isDecodingLast = false;
    this.#isKept = this.#socket !== undefined;
    const parser = this.#parser;
    const nowMs = performance.now();
    this.#observer.answered(this.#firstByteAtMs - this.#sentAtMs, nowMs - this.#firstByteAtMs);
    // An answer that came before the body was sent leaves the connection between two messages.
    if (!parser.keepAlive || this.#unsentFrom >= 0) this.#drop();
    else if (parser.keepAliveSecs !== undefined) {
      // A second early, so that our request and the server's close do not cross.
      this.#staleAtMs = nowMs + Math.max(0.5, parser.keepAliveSecs - 1) * 1000;
    }
    pending.resolve(parser);
  }

  #fail(error: unknown): void {
    const pending = this.#pending;
    this.#pending = undefined;
    this.#drop();
    pending?.reject(error);
  }

  #drop(): void {
    this.#parser.decoder?.close();
    this.#isDecodingLast = false;
    this.#dropSocket();
  }

  #dropSocket(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    this.#connected = false;
    this.#isKept = false;
    this.#unsentFrom = -1;
    socket?.destroy();
  }
}

const readBuffer = Buffer.allocUnsafeSlow(64 * 1024);
/** Bodies up to this size go out in one write with their head. */
const joinedBytesMax = 32 * 1024;

function joined(head: string, body: NonNullable<HttpRequest['body']>): Buffer {
  const bytes = Buffer.allocUnsafe(head.length + body.sizeBytes);
  bytes.write(head, 0, 'latin1');
  for (let offset = 0; offset < body.sizeBytes; ) {
    const piece = body.piece(offset);
    bytes.set(piece, head.length + offset);
    offset += piece.length;
  }
  return bytes;
}
