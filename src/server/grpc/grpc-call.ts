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

/** What bounds a call. */
export interface GrpcCallLimits extends BodyLimits, SendLimits {
  /** Longest message taken. */
  readonly messageBytesMax: number;
}

/** One call on its HTTP/2 stream: who asks, until when, and how the answer is framed. */
export class ServedCall implements GrpcCall {
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

  constructor(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    { access, limits }: { readonly access: Access; readonly limits: GrpcCallLimits },
  ) {
    this.stream = stream;
    this.#headers = headers;
    this.#access = access;
    this.#limits = limits;
    stream.on('error', () => {
      // A stream that was reset; its close is what matters.
    });
    stream.once('close', () => {
      clearTimeout(this.#deadline);
      if (this.#code === undefined) this.#abort(clientGone());
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

  /** Answers a call whose one message is known. */
  answer(message: Uint8Array): void {
    if (!this.#settle(grpcCodes.ok)) return;
    this.#begin(okTrailers);
    if (message.byteLength <= joinedBytesMax) {
      this.stream.end(frameOf(message));
    } else {
      this.stream.cork();
      this.stream.write(framePrefix(message.byteLength));
      this.stream.end(message);
      this.stream.uncork();
    }
    this.#leaveRest();
  }

  /** Sends one of many messages; resolves when there is room for the next. */
  async write(message: Uint8Array): Promise<void> {
    if (this.#code !== undefined || this.stream.destroyed) throw this.#goneError();
    if (!this.#hasBegun) this.#begin(() => this.#trailers);
    const { stream } = this;
    stream.cork();
    stream.write(framePrefix(message.byteLength));
    const hasRoom = stream.write(message);
    stream.uncork();
    if (!hasRoom) await this.#drained();
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
      this.stream.respond({ ...responseHead, ...trailers }, { endStream: true });
    }
    this.#leaveRest();
  }

  #trailers: Readonly<Record<string, string>> = okTrailers();

  #settle(code: number): boolean {
    if (this.#code !== undefined || this.stream.destroyed || this.stream.closed) return false;
    this.#code = code;
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
      // Its trailers would wait behind what it does not read.
      this.stream.close(constants.NGHTTP2_CANCEL);
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
/** Up to this size a copy costs less than a second write. */
export const joinedBytesMax: number = 16 * 1024;
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
