import http2, { type ClientHttp2Session, type ClientHttp2Stream, constants } from 'node:http2';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { systemCodeOf, urlHost } from '../../../core/index.ts';
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
import { endedByRun, notConnected, runIsOver, timedOut } from '../shared/pending-exchange.ts';
import { BodySender } from './body-sender.ts';
import { ReplyHeaders } from './reply-headers.ts';

/**
 * One client's HTTP/2 connection to a gRPC server: an exchange is a call, its bodies are frames.
 * Opened when it is first needed, and reopened when the server closed it or asked to go elsewhere.
 *
 * Failures are named as `Connection` names them. A call that was reset, or whose answer ended without
 * a gRPC status, is a `reset`; the status itself is not a failure here and is among the headers.
 */
export class GrpcConnection implements HttpExchange, Bounded {
  deadlineMs: number = Number.POSITIVE_INFINITY;
  opened = 0;
  readonly #endpoint: Endpoint;
  readonly #sweep: DeadlineSweep;
  #link: Link | undefined;
  #pending: PendingCall | undefined;
  #isClosed = false;
  readonly #observer: ConnectionObserver;

  constructor(endpoint: Endpoint, sweep: DeadlineSweep, observer: ConnectionObserver = unobserved) {
    this.#endpoint = endpoint;
    this.#sweep = sweep;
    this.#observer = observer;
    sweep.add(this);
  }

  exchange(request: HttpRequest, onBody?: BodySink): Promise<HttpReply> {
    return new Promise((resolve, reject) => {
      if (this.#pending !== undefined) throw new Error('one exchange at a time');
      const pending = { request, onBody, resolve, reject, link: undefined, isAgain: false };
      this.#pending = pending;
      if (this.#isClosed) this.#fail(runIsOver());
      else this.#begin(pending);
    });
  }

  expire(): void {
    if (this.#pending === undefined) return;
    this.#fail(timedOut());
  }

  close(): void {
    this.#isClosed = true;
    this.#sweep.delete(this);
    this.#fail(endedByRun());
    this.#link?.session.destroy();
    this.#link = undefined;
  }

  #begin(pending: PendingCall): void {
    const link = this.#link;
    const isUsable = link !== undefined && !link.session.closed && !link.session.destroyed;
    try {
      pending.link = isUsable ? link : this.#open();
      this.#call(pending.link, pending);
    } catch (error) {
      this.#fail(notConnected(error));
    }
  }

  #open(): Link {
    const { host, port, tls } = this.#endpoint;
    const scheme = tls === undefined ? 'http' : 'https';
    this.opened += 1;
    const session = http2.connect(`${scheme}://${urlHost(host)}:${port}`, {
      createConnection: () => connectSocket(this.#endpoint),
      settings: { enablePush: false, initialWindowSize: windowBytes },
    });
    const link: Link = { session, isConnected: false, isKept: false };
    const openedAtMs = performance.now();
    this.#link = link;
    session.once('connect', () => {
      link.isConnected = true;
      this.#observer.connected(performance.now() - openedAtMs);
      session.setLocalWindowSize(windowBytes);
    });
    // What runs may end; the next call needs another connection.
    session.on('goaway', () => this.#leave(link));
    // Its calls end with it, and report the error.
    session.on('error', () => this.#leave(link));
    session.on('close', () => this.#leave(link));
    return link;
  }

  #call(link: Link, pending: PendingCall): void {
    const { body } = pending.request;
    const stream = link.session.request(this.#headersOf(pending.request));
    const headers = new ReplyHeaders(stream);
    const sender = body === undefined ? undefined : new BodySender(stream, body);
    const isCurrent = (): boolean => this.#pending === pending;
    let bodyBytes = 0;
    let sentAtMs = performance.now();
    let firstByteAtMs = 0;
    // A call that waits for its connection is sent when that is made.
    if (!link.isConnected) {
      link.session.once('connect', () => {
        sentAtMs = performance.now();
      });
    }
    stream.once('response', () => {
      firstByteAtMs = performance.now();
    });
    let streamError: Error | undefined;
    stream.on('data', (chunk: Buffer) => {
      if (!isCurrent()) return;
      bodyBytes += chunk.length;
      try {
        pending.onBody?.(chunk, headers.status);
      } catch (error) {
        this.#fail(error);
      }
    });
    stream.on('end', () => {
      // Without headers the stream was cut off, and its close event says how.
      if (!isCurrent() || headers.status === 0) return;
      if (headers.isGrpc && headers.get('grpc-status') === undefined) {
        this.#fail(new OperationFailure('reset', 'the answer ended without its gRPC status'));
        return;
      }
      if (headers.get('grpc-status') === deadlineExceeded && performance.now() >= this.deadlineMs) {
        this.expire();
        return;
      }
      this.#pending = undefined;
      link.isKept = true;
      this.#observer.answered(firstByteAtMs - sentAtMs, performance.now() - firstByteAtMs);
      // An answer that did not wait for the request: the rest of it is not sent.
      if (sender?.isDone === false) stream.close(constants.NGHTTP2_CANCEL);
      const header = (name: string): string | undefined => headers.get(name);
      pending.resolve({ status: headers.status, bodyBytes, header });
    });
    stream.on('error', (error) => {
      streamError = error;
    });
    stream.on('close', () => {
      if (!isCurrent()) return;
      // By HTTP/2 the server has not looked at it: it was closing the connection meanwhile.
      const isUnseen = stream.rstCode === constants.NGHTTP2_REFUSED_STREAM;
      const isStale = link.isKept && link.session.destroyed && !isReset(streamError);
      const mayResend = headers.status === 0 && link.isConnected && !pending.isAgain;
      if (mayResend && (isUnseen || isStale)) {
        if (isStale) this.#observer.wasStale();
        pending.isAgain = true;
        this.#leave(link);
        this.#begin(pending);
      } else {
        this.#failCut(pending, link, stream, streamError);
      }
    });
    if (sender === undefined) stream.end();
    else sender.send();
  }

  #headersOf({ path }: HttpRequest): http2.OutgoingHttpHeaders {
    const leftMs = this.deadlineMs - performance.now();
    return {
      ...this.#endpoint.grpc?.headers,
      ':method': 'POST',
      ':path': this.#endpoint.basePath + path,
      'content-type': 'application/grpc',
      te: 'trailers',
      // As gRPC's libraries do: a server need not work for a client that has left.
      ...(leftMs < timeoutMsMax && { 'grpc-timeout': `${Math.max(1, Math.ceil(leftMs))}m` }),
    };
  }

  /** Names the end of a call by its stream's or its connection's end. */
  #failCut(
    pending: PendingCall,
    link: Link,
    stream: ClientHttp2Stream,
    error: Error | undefined,
  ): void {
    if (!link.isConnected) {
      this.#fail(notConnected(error));
      return;
    }
    const isBroken = link.session.destroyed;
    const how = isBroken
      ? `the connection broke (${systemCodeOf(error) ?? 'closed'})`
      : `the call was reset (HTTP/2 error ${stream.rstCode})`;
    const failure = new OperationFailure('reset', `${how} before the answer was whole`, {
      cause: error,
    });
    if (isBroken) {
      this.#fail(failure);
      return;
    }
    // A call was reset, and no more: others can follow it on its connection.
    this.#pending = undefined;
    pending.reject(failure);
  }

  /** Uses a connection for no other call; the one under way may end. */
  #leave(link: Link): void {
    if (this.#link === link) this.#link = undefined;
    link.session.close();
  }

  /** Ends the call under way, if any, and its connection with it. */
  #fail(error: unknown): void {
    const pending = this.#pending;
    if (pending === undefined) return;
    this.#pending = undefined;
    if (this.#link === pending.link) this.#link = undefined;
    pending.link?.session.destroy();
    pending.reject(error);
  }
}

/** Enough that a local server never waits for us; what is read is compared and dropped. */
const windowBytes = 4 * 2 ** 20;
/** grpc-timeout takes eight digits. */
const timeoutMsMax = 1e8;
const deadlineExceeded = '4';

interface Link {
  readonly session: ClientHttp2Session;
  /** Whether it was ever open: then what ends it is a break, not a refusal. */
  isConnected: boolean;
  /** Whether a call was answered on it. */
  isKept: boolean;
}

/** Whether a connection was reset, and not ended in order. Node wraps the reason. */
function isReset(error: Error | undefined): boolean {
  const code = systemCodeOf(error);
  if (code === 'ECONNRESET') return true;
  return error?.cause instanceof Error && isReset(error.cause);
}

interface PendingCall {
  readonly request: HttpRequest;
  readonly onBody: BodySink | undefined;
  readonly resolve: (reply: HttpReply) => void;
  readonly reject: (error: unknown) => void;
  link: Link | undefined;
  /** Whether it was sent before, and refused unseen. */
  isAgain: boolean;
}

function connectSocket({ host, port, tls }: Endpoint): Socket {
  const socket =
    tls === undefined ? connectTcp({ host, port }) : connectTls({ ...tls, host, port });
  socket.setNoDelay(true);
  return socket;
}
