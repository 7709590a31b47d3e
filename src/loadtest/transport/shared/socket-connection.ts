import type { Socket } from 'node:net';
import { OperationFailure } from '../../../protocols/shared/load-client.ts';
import { ExchangeConnection } from './exchange-connection.ts';
import { openSocket } from './open-socket.ts';
import { brokeBy, notConnected, type PendingExchange, wasStale } from './pending-exchange.ts';
import { sendPieces } from './send-pieces.ts';

/**
 * A connection that is one socket, opened when it is first needed and reopened when the server closed
 * it. A request that crossed the close of a kept connection is sent once more.
 *
 * Failures are distinguished as follows: no connection could be made (TLS handshake included):
 * `refused`, or `generator` where this machine is the reason. The connection ended, by FIN or RST,
 * before the answer was complete by its own framing: `reset`. Bytes that are not an answer, or that
 * arrived without a request: `protocol`. A connection that the server closed while it was idle is not
 * a failure.
 */
export abstract class SocketConnection extends ExchangeConnection {
  protected socket: Socket | undefined;
  /** Whether the socket is open and requests can be sent on it. */
  protected isReady = false;
  /** From which byte on the request's body is still to be sent; -1 when nothing is. */
  protected unsentFrom = -1;
  protected sentAtMs = 0;
  protected firstByteAtMs = 0;
  #isConnected = false;
  /** Whether an answer has come on this socket: then it was kept. */
  #isKept = false;
  #openedAtMs = 0;

  protected begin(): void {
    if (this.socket === undefined) this.open();
    else if (this.isReady) this.send();
  }

  protected open(): void {
    const { tls } = this.endpoint;
    this.opened += 1;
    this.#openedAtMs = performance.now();
    let socket: Socket;
    try {
      socket = openSocket(this.endpoint, {
        // One buffer for all connections of the thread: each read is dealt with before the next.
        buffer: readBuffer,
        callback: (size) => {
          if (socket === this.socket) this.read(readBuffer, size);
          return true;
        },
      });
    } catch (error) {
      this.fail(notConnected(error));
      return;
    }
    this.socket = socket;
    socket.once(tls === undefined ? 'connect' : 'secureConnect', () => {
      if (this.socket !== socket) return;
      this.#isConnected = true;
      this.connected();
    });
    if (tls !== undefined) {
      socket.on('data', (chunk: Buffer) => {
        if (socket === this.socket) this.read(chunk, chunk.length);
      });
    }
    socket.on('drain', () => {
      if (this.socket === socket && this.unsentFrom >= 0) this.#sendBody();
    });
    socket.on('end', () => {
      if (this.socket === socket) this.ended();
    });
    socket.on('error', (error) => this.#broke(socket, error));
    socket.on('close', () => this.#broke(socket, undefined));
  }

  /** Sends the pending request, once the connection is ready. */
  protected abstract send(): void;

  /** Reads the first `size` of `bytes`, which are overwritten afterwards. */
  protected abstract read(bytes: Buffer, size: number): void;

  /** Whether a byte of the answer under way has come. */
  protected abstract get hasBegun(): boolean;

  /** The socket is open; requests can follow. */
  protected connected(): void {
    this.ready();
  }

  protected ready(): void {
    this.isReady = true;
    this.observer.connected(performance.now() - this.#openedAtMs);
    if (this.pending !== undefined) this.send();
  }

  /** Writes the head of a request, and its body as fast as the socket takes it. */
  protected sendWithBody(head: string, encoding: BufferEncoding): void {
    const socket = this.socket!;
    socket.cork();
    socket.write(head, encoding);
    this.unsentFrom = 0;
    this.#sendBody();
    socket.uncork();
  }

  /** Sends pieces of the body until the socket's buffer is full; continues when it has drained. */
  #sendBody(): void {
    const body = this.pending!.request.body!;
    this.unsentFrom = sendPieces(this.socket!, body, this.unsentFrom);
    if (this.unsentFrom < body.sizeBytes) return;
    this.unsentFrom = -1;
    this.bodySent();
  }

  /** The last piece of a body was written. */
  protected bodySent(): void {}

  /** The server ended its side in order. */
  protected ended(): void {
    this.brokeOff('ended', undefined);
  }

  #broke(socket: Socket, error: Error | undefined): void {
    if (socket === this.socket) this.brokeOff(brokeBy(error), error);
  }

  /** @param how for the failure's message, such as 'ended'. */
  protected brokeOff(how: string, error: Error | undefined): void {
    const { pending } = this;
    if (pending === undefined) this.drop();
    else if (wasStale(error) && this.mayResend(pending)) this.#sendAgain(pending);
    else if (this.#isConnected) {
      const when = this.hasBegun ? 'before the answer was complete' : 'before an answer arrived';
      this.fail(new OperationFailure('reset', `the connection ${how} ${when}`, { cause: error }));
    } else this.fail(notConnected(error));
  }

  /** A POST may have done something before the connection ended (RFC 9110, 9.2.2). */
  protected mayResend({ request, isAgain }: PendingExchange): boolean {
    return this.#isKept && !isAgain && !this.hasBegun && request.method !== 'POST';
  }

  #sendAgain(pending: PendingExchange): void {
    this.observer.wasStale();
    this.drop();
    pending.isAgain = true;
    this.open();
  }

  /** The answer to the pending exchange is whole, and no other exchange is under way. */
  protected answered(nowMs: number): PendingExchange {
    const pending = this.pending!;
    this.pending = undefined;
    this.#isKept = this.socket !== undefined;
    this.observer.answered(this.firstByteAtMs - this.sentAtMs, nowMs - this.firstByteAtMs);
    // An answer that came before the body was sent leaves the connection between two messages.
    if (this.unsentFrom >= 0) this.drop();
    return pending;
  }

  protected drop(): void {
    const { socket } = this;
    this.socket = undefined;
    this.isReady = false;
    this.#isConnected = false;
    this.#isKept = false;
    this.unsentFrom = -1;
    socket?.destroy();
  }
}

const readBuffer = Buffer.allocUnsafeSlow(64 * 1024);
