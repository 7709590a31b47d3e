import type { Socket } from 'node:net';
import { type HttpRequest, OperationFailure } from '../../../protocols/shared/load-client.ts';
import { SocketConnection } from '../shared/socket-connection.ts';
import { ResponseParser } from './response-parser.ts';

/**
 * One client's connection: HTTP/1.1 with keep-alive. No pipelining, no redirects, and no retry but
 * that of a request that crossed the close of a kept connection.
 */
export class Connection extends SocketConnection {
  readonly #parser = new ResponseParser((error) => this.fail(error));
  /** When the server will have closed the idle connection, as it announced. */
  #staleAtMs = Number.POSITIVE_INFINITY;
  /** Whether the answer under way has arrived and only its decoding is not over. */
  #isDecodingLast = false;
  /** Bytes arrived on the idle connection: the next exchange fails with it. */
  #intrusion: OperationFailure | undefined;

  protected get hasBegun(): boolean {
    return this.#parser.begun;
  }

  protected override begin(): void {
    if (this.#intrusion !== undefined) {
      const intrusion = this.#intrusion;
      this.#intrusion = undefined;
      this.fail(intrusion);
      return;
    }
    if (this.#staleAtMs < Number.POSITIVE_INFINITY && performance.now() > this.#staleAtMs) {
      this.drop();
    }
    super.begin();
  }

  protected override open(): void {
    this.#staleAtMs = Number.POSITIVE_INFINITY;
    super.open();
  }

  protected send(): void {
    const { request, onBody } = this.pending!;
    const { basePath, headerLines } = this.endpoint;
    this.#parser.begin(request.method === 'HEAD', onBody);
    this.sentAtMs = performance.now();
    const own = request.headerLines ?? '';
    const start = `${request.method} ${basePath}${request.path} HTTP/1.1\r\n${headerLines}${own}`;
    const { body } = request;
    if (body === undefined) {
      // A GET without a body needs no length; a PUT without one says so.
      const none = request.method === 'PUT' || request.method === 'POST';
      this.socket!.write(none ? `${start}Content-Length: 0\r\n\r\n` : `${start}\r\n`, 'latin1');
      return;
    }
    const type = request.contentType ?? 'application/octet-stream';
    const head = `${start}Content-Type: ${type}\r\nContent-Length: ${body.sizeBytes}\r\n\r\n`;
    if (body.sizeBytes <= joinedBytesMax) this.socket!.write(joined(head, body));
    else this.sendWithBody(head, 'latin1');
  }

  protected read(bytes: Buffer, size: number): void {
    if (this.pending === undefined || !this.isReady) {
      this.#intrusion = new OperationFailure('protocol', 'bytes arrived on an idle connection');
      this.drop();
      return;
    }
    if (!this.#parser.begun) this.firstByteAtMs = performance.now();
    try {
      const isWhole = this.#parser.push(bytes, size);
      if (this.#parser.decoder !== undefined) this.#decode(this.socket!, isWhole);
      else if (isWhole) this.#succeed();
    } catch (error) {
      this.fail(error);
    }
  }

  /** The answer's content is encoded: reads no faster than it is decoded, and waits for the last of it. */
  #decode(socket: Socket, isWhole: boolean): void {
    const decoder = this.#parser.decoder!;
    if (isWhole) {
      this.#isDecodingLast = true;
      decoder.end(() => this.#succeed());
    } else if (decoder.isBehind) {
      socket.pause();
      void decoder.caughtUp().then(() => socket.resume());
    }
  }

  /** An answer may be framed by the end of its connection. */
  protected override ended(): void {
    if (this.pending === undefined || this.#isDecodingLast || !this.#parser.end()) super.ended();
    else if (this.#parser.decoder === undefined) this.#succeed();
    else this.#decode(this.socket!, true);
  }

  protected override brokeOff(how: string, error: Error | undefined): void {
    // The answer does not need its connection while the last of it is decoded.
    if (this.#isDecodingLast) super.drop();
    else super.brokeOff(how, error);
  }

  #succeed(): void {
    this.#isDecodingLast = false;
    const parser = this.#parser;
    const nowMs = performance.now();
    const pending = this.answered(nowMs);
    if (!parser.keepAlive) this.drop();
    else if (parser.keepAliveSecs !== undefined) {
      // A second early, so that our request and the server's close do not cross.
      this.#staleAtMs = nowMs + Math.max(0.5, parser.keepAliveSecs - 1) * 1000;
    }
    pending.resolve(parser);
  }

  protected override drop(): void {
    this.#parser.decoder?.close();
    this.#isDecodingLast = false;
    super.drop();
  }
}

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
