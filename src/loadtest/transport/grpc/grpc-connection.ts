import http2, { type ClientHttp2Session, type ClientHttp2Stream, constants } from 'node:http2';
import { systemCodeOf, urlHost } from '../../../core/index.ts';
import { type HttpRequest, OperationFailure } from '../../../protocols/shared/load-client.ts';
import { ExchangeConnection } from '../shared/exchange-connection.ts';
import { openSocket } from '../shared/open-socket.ts';
import { notConnected, type PendingExchange } from '../shared/pending-exchange.ts';
import { BodySender } from './body-sender.ts';
import { ReplyHeaders } from './reply-headers.ts';

/**
 * One client's HTTP/2 connection to a gRPC server: an exchange is a call, its bodies are frames.
 * Opened when it is first needed, and reopened when the server closed it or asked to go elsewhere.
 *
 * Failures are named as `SocketConnection` names them. A call that was reset, or whose answer ended without
 * a gRPC status, is a `reset`; the status itself is not a failure here and is among the headers.
 */
export class GrpcConnection extends ExchangeConnection {
  /** The connection for the next call. */
  #link: Link | undefined;
  /** The connection of the call under way; after it asked to go elsewhere it is not `#link`. */
  #callsOn: Link | undefined;

  protected begin(): void {
    const link = this.#link;
    const isUsable = link !== undefined && !link.session.closed && !link.session.destroyed;
    try {
      this.#callsOn = isUsable ? link : this.#open();
      this.#call(this.#callsOn, this.pending!);
    } catch (error) {
      this.fail(notConnected(error));
    }
  }

  #open(): Link {
    const { host, port, tls } = this.endpoint;
    const scheme = tls === undefined ? 'http' : 'https';
    this.opened += 1;
    const session = http2.connect(`${scheme}://${urlHost(host)}:${port}`, {
      createConnection: () => openSocket(this.endpoint),
      settings: { enablePush: false, initialWindowSize: windowBytes },
    });
    const link: Link = { session, isConnected: false, isKept: false };
    const openedAtMs = performance.now();
    this.#link = link;
    session.once('connect', () => {
      link.isConnected = true;
      this.observer.connected(performance.now() - openedAtMs);
      session.setLocalWindowSize(windowBytes);
    });
    // What runs may end; the next call needs another connection.
    session.on('goaway', () => this.#leave(link));
    // Its calls end with it, and report the error.
    session.on('error', () => this.#leave(link));
    session.on('close', () => this.#leave(link));
    return link;
  }

  #call(link: Link, pending: PendingExchange): void {
    const { body } = pending.request;
    const stream = link.session.request(this.#headersOf(pending.request));
    const headers = new ReplyHeaders(stream);
    const sender = body === undefined ? undefined : new BodySender(stream, body);
    const isCurrent = (): boolean => this.pending === pending;
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
        this.fail(error);
      }
    });
    stream.on('end', () => {
      // Without headers the stream was cut off, and its close event says how.
      if (!isCurrent() || headers.status === 0) return;
      if (headers.isGrpc && headers.get('grpc-status') === undefined) {
        this.fail(new OperationFailure('reset', 'the answer ended without its gRPC status'));
        return;
      }
      if (headers.get('grpc-status') === deadlineExceeded && performance.now() >= this.deadlineMs) {
        this.expire();
        return;
      }
      this.pending = undefined;
      link.isKept = true;
      this.observer.answered(firstByteAtMs - sentAtMs, performance.now() - firstByteAtMs);
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
      // In HTTP/2 this means that the server has not processed it: it was closing the connection
      // meanwhile.
      const isUnseen = stream.rstCode === constants.NGHTTP2_REFUSED_STREAM;
      const isStale = link.isKept && link.session.destroyed && !isReset(streamError);
      const mayResend = headers.status === 0 && link.isConnected && !pending.isAgain;
      if (mayResend && (isUnseen || isStale)) {
        if (isStale) this.observer.wasStale();
        pending.isAgain = true;
        this.#leave(link);
        this.begin();
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
      ...this.endpoint.grpc?.headers,
      ':method': 'POST',
      ':path': this.endpoint.basePath + path,
      'content-type': 'application/grpc',
      te: 'trailers',
      // As gRPC's libraries do: a server need not work for a client that has left.
      ...(leftMs < timeoutMsMax && { 'grpc-timeout': `${Math.max(1, Math.ceil(leftMs))}m` }),
    };
  }

  /** Names the end of a call by its stream's or its connection's end. */
  #failCut(
    pending: PendingExchange,
    link: Link,
    stream: ClientHttp2Stream,
    error: Error | undefined,
  ): void {
    if (!link.isConnected) {
      this.fail(notConnected(error));
      return;
    }
    const isBroken = link.session.destroyed;
    const how = isBroken
      ? `the connection broke (${systemCodeOf(error) ?? 'closed'})`
      : `the call was reset (HTTP/2 error ${stream.rstCode})`;
    const failure = new OperationFailure('reset', `${how} before the answer was complete`, {
      cause: error,
    });
    if (isBroken) {
      this.fail(failure);
      return;
    }
    // A call was reset, and no more: others can follow it on its connection.
    this.pending = undefined;
    pending.reject(failure);
  }

  /** Uses a connection for no other call; the one under way may end. */
  #leave(link: Link): void {
    if (this.#link === link) this.#link = undefined;
    link.session.close();
  }

  protected drop(): void {
    const links = [this.#callsOn, this.#link];
    this.#callsOn = undefined;
    this.#link = undefined;
    for (const link of links) link?.session.destroy();
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
