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

/** What is allocated at first for a message that comes in several pieces. */
const firstBytes = 64 * 1024;

/** Puts messages together from pieces of a stream. Holds at most one message that is not whole. */
export class FrameReader {
  readonly #messageBytesMax: number;
  readonly #prefix: Buffer = Buffer.allocUnsafe(framePrefixBytes);
  readonly #onHeld: (bytes: number) => void;
  #prefixBytes = 0;
  /**
   * What has arrived of the message under way. It grows with what comes: an announcement costs
   * nothing, and neither do pieces of a byte each, which would weigh more than their bytes if they
   * were kept.
   */
  #held: Buffer = nothing;
  #messageBytes = 0;

  /** @param onHeld called with the bytes that the reader has allocated, before it does; may throw. */
  constructor(messageBytesMax: number, onHeld: (bytes: number) => void = () => {}) {
    this.#messageBytesMax = messageBytesMax;
    this.#onHeld = onHeld;
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
      const part = piece.subarray(at, at + step);
      at += step;
      // A message of no bytes ends with its prefix.
      if (step === sizeBytes) yield this.#end(part);
      else if (this.#hold(part, sizeBytes)) yield this.#end(this.#held);
    }
  }

  /** @returns whether the message is whole. */
  #hold(part: Buffer, sizeBytes: number): boolean {
    if (part.length === 0) return false;
    const bytes = this.#messageBytes + part.length;
    if (bytes > this.#held.length) {
      const grownBytes = Math.min(sizeBytes, Math.max(bytes, 2 * this.#held.length, firstBytes));
      this.#onHeld(grownBytes);
      const grown = Buffer.allocUnsafe(grownBytes);
      this.#held.copy(grown, 0, 0, this.#messageBytes);
      this.#held = grown;
    }
    part.copy(this.#held, this.#messageBytes);
    this.#messageBytes = bytes;
    return bytes === sizeBytes;
  }

  #end(message: Buffer): Frame {
    this.#prefixBytes = 0;
    this.#held = nothing;
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
        `a message may have at most ${this.#messageBytesMax} bytes, this one has ${sizeBytes}`,
      );
    }
  }
}

const nothing = Buffer.alloc(0);

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
