import { FrameReader } from '../shared/grpc/index.ts';
import { type BodySink, type HttpReply, OperationFailure } from '../shared/load-client.ts';

/** Answers about one digest are some hundred bytes; what is longer is not held. */
const answerBytesMax = 64 * 1024;

/** Takes the one message that a unary call is answered with. */
export class OneMessage {
  readonly #method: string;
  readonly #reader = new FrameReader(answerBytesMax);
  #message: Uint8Array | undefined;

  constructor(method: string) {
    this.#method = method;
  }

  readonly sink: BodySink = (chunk, status) => {
    // A server that answers otherwise shows it by its status.
    if (status !== 200) return;
    try {
      // The reader keeps pieces, and the chunk's memory is lent.
      for (const { message, isCompressed } of this.#reader.push(Buffer.from(chunk))) {
        if (isCompressed || this.#message !== undefined) throw this.#notOne();
        this.#message = message;
      }
    } catch (error) {
      throw error instanceof OperationFailure ? error : this.#notOne({ cause: error });
    }
  };

  /**
   * The message, once the answer is whole.
   * @throws {OperationFailure} as {@link throwUnlessOk}; `protocol` when it was not one message.
   */
  of(reply: HttpReply): Uint8Array {
    throwUnlessOk(reply, this.#method);
    if (this.#message === undefined || !this.#reader.isBetweenMessages) throw this.#notOne();
    return this.#message;
  }

  #notOne(options?: ErrorOptions): OperationFailure {
    const text = `${this.#method} was not answered with one plain message`;
    return new OperationFailure('protocol', text, options);
  }
}

/** `NaN` when the answer is not gRPC. */
export function grpcStatusOf(reply: HttpReply): number {
  const text = reply.header('grpc-status');
  return text !== undefined && /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN;
}

/** @throws {OperationFailure} `http_4xx` or `http_5xx`; `protocol` for what is not gRPC. */
export function throwUnlessOk(reply: HttpReply, method: string): void {
  const code = grpcStatusOf(reply);
  if (code === 0) return;
  if (Number.isNaN(code)) {
    const kind = reply.status >= 500 ? 'http_5xx' : reply.status >= 400 ? 'http_4xx' : 'protocol';
    throw new OperationFailure(kind, `${method} was answered with HTTP ${reply.status}, not gRPC`);
  }
  const kind = serversFault.has(code) ? 'http_5xx' : 'http_4xx';
  const said = plainText(reply.header('grpc-message') ?? '');
  const name = statusNames[code] ?? 'status';
  const text = `${method} was answered with ${name} (${code})${said === '' ? '' : `: ${said}`}`;
  throw new OperationFailure(kind, text);
}

/** By their number: https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto */
const statusNames: readonly string[] = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
];

/** Those that the same file maps to a 5xx of HTTP: UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE, DATA_LOSS. */
const serversFault: ReadonlySet<number> = new Set([2, 4, 12, 13, 14, 15]);

const messageCharsMax = 300;

/** `grpc-message` is percent-encoded; a server that gets that wrong is quoted as it is. */
function plainText(encoded: string): string {
  const text = encoded.slice(0, messageCharsMax);
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
