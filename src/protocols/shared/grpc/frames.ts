import { CacheError } from '../../../core/index.ts';

/**
 * gRPC's framing of messages on an HTTP/2 stream: one byte (1 = compressed), four bytes of length,
 * big endian, the message.
 * https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
 */
export const framePrefixBytes = 5;

/** The prefix of a message that is not compressed. */
export function framePrefix(sizeBytes: number): Buffer {
  const prefix = Buffer.allocUnsafe(framePrefixBytes);
  prefix[0] = 0;
  prefix.writeUInt32BE(sizeBytes, 1);
  return prefix;
}

/** A message with its prefix, in one piece. For messages that are worth a copy. */
export function frameOf(message: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(framePrefixBytes + message.byteLength);
  frame[0] = 0;
  frame.writeUInt32BE(message.byteLength, 1);
  frame.set(message, framePrefixBytes);
  return frame;
}

/** One message as it came. */
export interface Frame {
  readonly isCompressed: boolean;
  readonly message: Uint8Array;
}

/** Puts messages together from pieces of a stream. Holds at most one message that is not whole. */
export class FrameReader {
  readonly #messageBytesMax: number;
  readonly #prefix: Buffer = Buffer.allocUnsafe(framePrefixBytes);
  #prefixBytes = 0;
  /** What came of the message under way. Not allocated in advance: an announcement costs nothing. */
  #pieces: Buffer[] = [];
  #messageBytes = 0;

  constructor(messageBytesMax: number) {
    this.#messageBytesMax = messageBytesMax;
  }

  /** Whether the stream may end here: not in the middle of a message. */
  get isBetweenMessages(): boolean {
    return this.#prefixBytes === 0;
  }

  /**
   * The messages that a piece completes. A message that lies whole in the piece is a view of it.
   * @throws {CacheError} `too_large`, `bad_request`.
   */
  *push(piece: Buffer): Generator<Frame, void, undefined> {
    let at = 0;
    while (at < piece.length) {
      if (this.#prefixBytes < framePrefixBytes) {
        const step = Math.min(framePrefixBytes - this.#prefixBytes, piece.length - at);
        piece.copy(this.#prefix, this.#prefixBytes, at, at + step);
        this.#prefixBytes += step;
        at += step;
        if (this.#prefixBytes < framePrefixBytes) return;
        this.#checkPrefix();
      }
      const sizeBytes = this.#prefix.readUInt32BE(1);
      const step = Math.min(sizeBytes - this.#messageBytes, piece.length - at);
      if (step > 0) this.#pieces.push(piece.subarray(at, at + step));
      this.#messageBytes += step;
      at += step;
      // A message of no bytes ends with its prefix.
      if (this.#messageBytes === sizeBytes) yield this.#end();
    }
  }

  #end(): Frame {
    const [only] = this.#pieces;
    const message =
      this.#pieces.length === 1 && only !== undefined ? only : Buffer.concat(this.#pieces);
    this.#prefixBytes = 0;
    this.#pieces = [];
    this.#messageBytes = 0;
    return { isCompressed: this.#prefix[0] === 1, message };
  }

  #checkPrefix(): void {
    const flag = this.#prefix[0] ?? 0;
    if (flag > 1)
      throw new CacheError('bad_request', `a gRPC message begins with 0 or 1, not ${flag}`);
    const sizeBytes = this.#prefix.readUInt32BE(1);
    if (sizeBytes > this.#messageBytesMax) {
      throw new CacheError(
        'too_large',
        `a message takes ${this.#messageBytesMax} bytes, this one has ${sizeBytes}`,
      );
    }
  }
}

/** Makes text fit for the header `grpc-message`: percent-encoded UTF-8 but for printable ASCII. */
export function encodeGrpcMessage(text: string): string {
  let encoded = '';
  for (const byte of Buffer.from(text, 'utf8')) {
    const isPlain = byte >= 0x20 && byte <= 0x7e && byte !== 0x25;
    encoded += isPlain
      ? String.fromCharCode(byte)
      : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return encoded;
}

/** Reads the header `grpc-timeout` as milliseconds; `undefined` for what has not its form. */
export function parseGrpcTimeout(text: string): number | undefined {
  const match = /^(\d{1,8})([HMSmun])$/.exec(text);
  const unitMs = timeoutUnitsMs[match?.[2] ?? ''];
  return match === null || unitMs === undefined ? undefined : Number(match[1]) * unitMs;
}

const timeoutUnitsMs: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1000,
  m: 1,
  u: 1e-3,
  n: 1e-6,
};
