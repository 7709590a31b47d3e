import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { type Caller, nobody, type Principal } from '../../cache/index.ts';
import { CacheError } from '../../core/index.ts';
import type { Access, Action } from '../../protocols/index.ts';
import {
  type ClientMetadata,
  encodeStatus,
  type GrpcCall,
  GrpcFailure,
  grpcCodes,
  parseRequestMetadata,
  reapiName,
  requestMetadataHeader,
  statusOf,
} from '../../protocols/reapi/index.ts';
import {
  encodeGrpcMessage,
  frameOf,
  framePrefix,
  parseGrpcTimeout,
} from '../../protocols/shared/grpc/index.ts';
import { permits } from '../access/access.ts';
import type { BodyLimits } from '../listener/request-body.ts';
import type { SendLimits } from '../listener/send-limits.ts';
import { clientGone, waitForDrain } from '../listener/wait-for-drain.ts';
import {
  type ConnectionOutput,
  freeAnswerBytesMax,
  type RoomClaim,
  type SweptCall,
} from './connection-output.ts';

/** What bounds a call. */
export interface GrpcCallLimits extends BodyLimits, SendLimits {}

/** One call on its HTTP/2 stream: who asks, until when, and how the answer is framed. */
export class ServedCall implements GrpcCall, SweptCall {
  principal: Principal = nobody;
  /** What its method does to entries; `undefined`: nothing. */
  action: Action | undefined;
  readonly stream: ServerHttp2Stream;
  readonly #headers: IncomingHttpHeaders;
  readonly #access: Access;
  readonly #limits: GrpcCallLimits;
  #controller: AbortController | undefined;
  #abortReason: CacheError | undefined;
  #deadline: NodeJS.Timeout | undefined;
  #hasBegun = false;
  #code: number | undefined;
  readonly #output: ConnectionOutput;
  /** Room that this call has taken for what it makes, and what of that its client has yet to read. */
  #heldBytes = 0;
  #unreadBytes = 0;
  #messageBytes = 0;
  #claim: RoomClaim | undefined;
  /** Since when it waits for room, or for the client to read an answer that was handed over whole. */
  #waitsSinceMs: number | undefined;

  constructor(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    {
      access,
      limits,
      output,
    }: {
      readonly access: Access;
      readonly limits: GrpcCallLimits;
      readonly output: ConnectionOutput;
    },
  ) {
    this.stream = stream;
    this.#output = output;
    output.calls.add(this);
    this.#headers = headers;
    this.#access = access;
    this.#limits = limits;
    stream.on('error', () => {
      // A stream that was reset; its close is what matters.
    });
    stream.once('close', () => {
      clearTimeout(this.#deadline);
      if (this.#code === undefined) this.#abort(clientGone());
      output.calls.delete(this);
      this.#claim?.withdraw(this.#goneError());
      this.#hold(0);
      if (this.#messageBytes > 0) this.holdMessage(0);
    });
  }

  /** Made on first use: most calls end before they need one. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#abortReason !== undefined) this.#controller.abort(this.#abortReason);
    }
    return this.#controller.signal;
  }

  callerFor(instance: string): Caller {
    const { principal, action } = this;
    if (action === undefined) throw new CacheError('forbidden', 'this method touches no resource');
    this.#access.permit(principal, { namespace: instance, action });
    return { principal, namespace: instance, protocol: reapiName };
  }

  mayWrite(instance: string): boolean {
    return permits(this.#access, this.principal, { namespace: instance, action: 'write' });
  }

  get client(): ClientMetadata | undefined {
    const text = this.#headers[requestMetadataHeader];
    return parseRequestMetadata(typeof text === 'string' ? text : undefined);
  }

  /** The status that was sent; `undefined` when the client did not wait for one. */
  get code(): number | undefined {
    return this.#code;
  }

  /** Keeps the client's deadline from here on. @throws {CacheError} `bad_request`. */
  keepDeadline(): void {
    const text = this.#headers['grpc-timeout'];
    if (text === undefined) return;
    const timeoutMs = typeof text === 'string' ? parseGrpcTimeout(text) : undefined;
    if (timeoutMs === undefined) {
      throw new CacheError('bad_request', 'grpc-timeout must be digits and one of H M S m u n');
    }
    this.#deadline = setTimeout(
      () => {
        const error = new CacheError(
          'timeout',
          `the client's deadline of ${timeoutMs} ms has passed`,
        );
        this.#abort(error);
        this.fail(error);
      },
      Math.min(timeoutMs, timeoutMsMax),
    );
  }

  roomFor(bytes: number): Promise<void> | undefined {
    const isLess = bytes <= this.#heldBytes && this.#unreadBytes === 0;
    this.#hold(isLess ? bytes : 0);
    if (isLess || bytes <= freeAnswerBytesMax) return undefined;
    const claim = this.#output.take(bytes);
    if (claim !== undefined) return this.#granted(claim);
    this.#heldBytes = bytes;
    return undefined;
  }

  /**
   * Counts what this call holds of a message under way, or waits with.
   * @throws {CacheError} `overloaded` where the calls of this connection hold too much.
   */
  readonly holdMessage = (bytes: number): void => {
    this.#output.holdMessages(bytes - this.#messageBytes);
    this.#messageBytes = bytes;
  };

  /** Answers a call whose one message is known. A long one is waited for, as {@link write} does. */
  answer(message: Uint8Array): void | Promise<void> {
    if (message.byteLength > freeAnswerBytesMax) {
      return this.write(message).then(() => this.end());
    }
    if (!this.#settle(grpcCodes.ok)) return;
    this.#begin(okTrailers);
    this.#handOver(message.byteLength);
    this.stream.end(frameOf(message));
    this.#leaveRest();
  }

  /** Sends one of many messages; resolves when there is room for the next. */
  async write(message: Uint8Array): Promise<void> {
    if (this.#code !== undefined || this.stream.destroyed) throw this.#goneError();
    if (!this.#hasBegun) this.#begin(() => this.#trailers);
    const { stream } = this;
    this.#handOver(message.byteLength);
    stream.cork();
    stream.write(framePrefix(message.byteLength));
    // Written in parts, so that a client that reads slowly is seen to read.
    for (let at = 0; at < message.byteLength || at === 0; at += sentBytesMax) {
      const hasRoom = stream.write(message.subarray(at, at + sentBytesMax));
      if (at === 0) stream.uncork();
      if (hasRoom) continue;
      await this.#drained();
      this.#output.readAtMs = performance.now();
    }
    this.#hold(0);
  }

  /** See {@link SweptCall}. */
  sweep(nowMs: number): void {
    const { responseIdleTimeoutMs } = this.#limits;
    if (this.#waitsSinceMs === undefined) return;
    if (nowMs - this.#waitsSinceMs < responseIdleTimeoutMs) return;
    if (this.#claim !== undefined) {
      if (nowMs - this.#output.readAtMs < responseIdleTimeoutMs) return;
      this.#claim.withdraw(unreadAnswers());
    } else if (!this.stream.writableFinished && !this.stream.closed) {
      this.#cut();
    } else if (this.#isOver && nowMs - this.#output.sentAtMs >= responseIdleTimeoutMs) {
      // Not even the end of the call goes out: the client reads nothing of the connection.
      this.stream.session?.destroy();
    }
  }

  /** Whether nothing but the client's reading keeps the stream open. */
  get #isOver(): boolean {
    return this.stream.closed || this.stream.readableEnded;
  }

  #granted(claim: RoomClaim): Promise<void> {
    this.#claim = claim;
    this.#waitsSinceMs = performance.now();
    const over = (): void => {
      this.#claim = undefined;
      this.#waitsSinceMs = undefined;
    };
    return claim.granted.then(
      () => {
        over();
        this.#heldBytes = claim.bytes;
        if (this.#code === undefined && !this.stream.closed) return;
        this.#hold(0);
        throw this.#goneError();
      },
      (reason: unknown) => {
        over();
        throw reason;
      },
    );
  }

  /** Counts a message as handed to the connection: as unread, and with the room that it really takes. */
  #handOver(bytes: number): void {
    this.#output.adjust(bytes - this.#heldBytes);
    this.#heldBytes = bytes;
    this.#output.unread(bytes);
    this.#unreadBytes += bytes;
  }

  /** Gives back the room that the call has taken, but for `bytes`. */
  #hold(bytes: number): void {
    if (this.#unreadBytes > 0) this.#output.unread(-this.#unreadBytes);
    this.#unreadBytes = 0;
    if (this.#heldBytes !== bytes) this.#output.adjust(bytes - this.#heldBytes);
    this.#heldBytes = bytes;
  }

  /** The client does not read: trailers would wait behind what it leaves. */
  #cut(): void {
    this.#code = undefined;
    this.#waitsSinceMs = performance.now();
    this.stream.close(constants.NGHTTP2_CANCEL);
  }

  /** Ends a stream of messages well. */
  end(): void {
    if (!this.#settle(grpcCodes.ok)) return;
    if (!this.#hasBegun) this.#begin(okTrailers);
    this.stream.end();
    this.#leaveRest();
  }

  /** Ends the call with what was thrown; does nothing once it has ended. */
  fail(thrown: unknown): void {
    const status = statusOf(thrown);
    if (!this.#settle(status.code)) return;
    const trailers = {
      'grpc-status': String(status.code),
      'grpc-message': encodeGrpcMessage(status.message),
      'grpc-status-details-bin': Buffer.from(encodeStatus(status)).toString('base64'),
    };
    if (this.#hasBegun) {
      this.#trailers = trailers;
      this.stream.end();
    } else {
      this.#hold(0);
      this.stream.respond({ ...responseHead, ...trailers }, { endStream: true });
    }
    this.#leaveRest();
  }

  #trailers: Readonly<Record<string, string>> = okTrailers();

  #settle(code: number): boolean {
    if (this.#code !== undefined || this.stream.destroyed || this.stream.closed) return false;
    this.#code = code;
    this.#waitsSinceMs = performance.now();
    clearTimeout(this.#deadline);
    return true;
  }

  #begin(trailers: () => Readonly<Record<string, string>>): void {
    this.#hasBegun = true;
    this.stream.respond(responseHead, { waitForTrailers: true });
    this.stream.once('wantTrailers', () => this.stream.sendTrailers(trailers()));
  }

  #abort(reason: CacheError): void {
    this.#abortReason ??= reason;
    this.#controller?.abort(reason);
  }

  #goneError(): CacheError {
    return this.#abortReason ?? clientGone();
  }

  async #drained(): Promise<void> {
    try {
      await waitForDrain(this.stream, this.#limits.responseIdleTimeoutMs);
    } catch (error) {
      if (!(error instanceof CacheError) || error.code !== 'timeout') throw this.#goneError();
      this.#cut();
      throw error;
    }
  }

  /**
   * Lets through and drops what the client still sends: cut off, some would take the answer for
   * lost. Past a bound the stream is closed, which by HTTP/2 means: stop sending, all is well.
   */
  #leaveRest(): void {
    const { stream } = this;
    if (stream.readableEnded || stream.destroyed) return;
    const { leftoverBytesMax, leftoverTimeoutMs } = this.#limits;
    let leftBytes = leftoverBytesMax;
    const stop = (): void => {
      stream.close(constants.NGHTTP2_NO_ERROR);
    };
    const timer = setTimeout(stop, leftoverTimeoutMs);
    stream.once('close', () => clearTimeout(timer));
    stream.once('end', () => clearTimeout(timer));
    stream.on('data', (chunk: Buffer) => {
      leftBytes -= chunk.byteLength;
      if (leftBytes < 0) stop();
    });
    stream.resume();
  }
}

const timeoutMsMax = 2 ** 31 - 1;
/** What is handed over at a time of a long message. */
const sentBytesMax = 256 * 1024;

function unreadAnswers(): GrpcFailure {
  return new GrpcFailure(
    grpcCodes.resourceExhausted,
    'unread_answers',
    'the answers to earlier calls on this connection have not been read',
  );
}

const responseHead = {
  ':status': 200,
  'content-type': 'application/grpc+proto',
  'grpc-accept-encoding': 'identity,gzip',
};

function okTrailers(): Readonly<Record<string, string>> {
  return { 'grpc-status': '0' };
}

/** What a path that names no method is answered. */
export function noSuchMethod(path: string): GrpcFailure {
  return new GrpcFailure(
    grpcCodes.unimplemented,
    'unimplemented',
    `unknown method ${path.slice(0, 200)}`,
  );
}
