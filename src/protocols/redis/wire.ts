/*
 * The part of RESP2 and RESP3 (the Redis serialisation protocol) that caches speak. A command is an
 * array of bulk strings: `*<n>\r\n` and n times `$<bytes>\r\n…\r\n`; or a line of words, as probes send.
 * Replies are `+text`, `-error`, `:number`, `$bulk`, `*array`, and for what is absent `$-1` in RESP2
 * and `_` in RESP3, which also has `%map` and `~set`.
 */

/** The version of the protocol that replies are written in. */
export type RespVersion = 2 | 3;

/** The client sent what is not RESP, or more than a limit: the connection has no known state any more. */
export class RespProtocolError extends Error {
  override readonly name = 'RespProtocolError';
}

/** Longest command that is a line of words, in bytes. */
const inlineBytesMax = 1024;

/** Most digits and signs that a length can have. */
const lineBytesMax = 32;

/** Reads a connection's bytes, in pieces as asked for; holds no more than one chunk of the source. */
export class RespReader {
  readonly #source: AsyncIterator<Uint8Array>;
  #chunk: Buffer = Buffer.alloc(0);
  #at = 0;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** Whether bytes wait to be read: a pipelined command, or a part of one. */
  get hasMore(): boolean {
    return this.#at < this.#chunk.length;
  }

  /**
   * The number of arguments of the next command, or all of its words where it is a line of them;
   * `undefined` at the end of the connection.
   * @throws {RespProtocolError}
   */
  async commandHead(argumentsMax: number): Promise<number | readonly string[] | undefined> {
    if (!this.hasMore && !(await this.#next())) return undefined;
    if (!isLetter(this.#chunk[this.#at]!)) return await this.#head('*', 1, argumentsMax);
    const line = await this.#line(inlineBytesMax, 'too long a line');
    if (!/^[ -~]+$/.test(line) || /["']/.test(line)) {
      throw new RespProtocolError('a line must be plain words of ASCII text, without quotes');
    }
    return line.split(' ').filter((word) => word !== '');
  }

  /**
   * The length of the next bulk string.
   * @throws {RespProtocolError} also where it is longer than `bytesMax`.
   */
  async bulkHead(bytesMax: number): Promise<number> {
    return await this.#head('$', 0, bytesMax);
  }

  /** A whole bulk string. @throws {RespProtocolError} */
  async bulk(bytesMax: number): Promise<Buffer> {
    const sizeBytes = await this.bulkHead(bytesMax);
    const parts: Uint8Array[] = [];
    for await (const part of this.take(sizeBytes)) parts.push(part);
    await this.bulkEnd();
    return Buffer.concat(parts);
  }

  /** The next `sizeBytes` bytes as they come. @throws {RespProtocolError} where the connection ends before. */
  async *take(sizeBytes: number): AsyncGenerator<Uint8Array, void, undefined> {
    let leftBytes = sizeBytes;
    while (leftBytes > 0) {
      if (!this.hasMore && !(await this.#next())) throw cutShort();
      const part = this.#chunk.subarray(this.#at, this.#at + leftBytes);
      this.#at += part.length;
      leftBytes -= part.length;
      yield part;
    }
  }

  /** The line break that ends a bulk string. @throws {RespProtocolError} */
  async bulkEnd(): Promise<void> {
    if ((await this.#byte()) === carriageReturn && (await this.#byte()) === lineFeed) return;
    throw new RespProtocolError('expected CRLF after a bulk string');
  }

  /** Lets the source go. */
  async close(): Promise<void> {
    await this.#source.return?.();
  }

  async #head(sign: '*' | '$', min: number, max: number): Promise<number> {
    const first = String.fromCharCode(await this.#byte());
    if (first !== sign) {
      throw new RespProtocolError(`expected '${sign}', got '${printable(first)}'`);
    }
    const text = await this.#line(lineBytesMax, 'too long a length');
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    const what = sign === '*' ? 'invalid multibulk length' : 'invalid bulk length';
    throw new RespProtocolError(`${what}: it must be ${min} to ${max}, got ${printable(text)}`);
  }

  async #line(bytesMax: number, tooLong: string): Promise<string> {
    let text = '';
    for (;;) {
      const byte = await this.#byte();
      if (byte === carriageReturn) break;
      text += String.fromCharCode(byte);
      if (text.length > bytesMax) throw new RespProtocolError(tooLong);
    }
    if ((await this.#byte()) !== lineFeed) throw new RespProtocolError('expected CRLF');
    return text;
  }

  async #byte(): Promise<number> {
    if (!this.hasMore && !(await this.#next())) throw cutShort();
    const byte = this.#chunk[this.#at]!;
    this.#at += 1;
    return byte;
  }

  async #next(): Promise<boolean> {
    for (;;) {
      const next = await this.#source.next();
      if (next.done === true) return false;
      if (next.value.byteLength === 0) continue;
      const { buffer, byteOffset, byteLength } = next.value;
      this.#chunk = Buffer.from(buffer, byteOffset, byteLength);
      this.#at = 0;
      return true;
    }
  }
}

const carriageReturn = 0x0d;
const lineFeed = 0x0a;

function isLetter(byte: number): boolean {
  return (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a);
}

function cutShort(): RespProtocolError {
  return new RespProtocolError('the connection ended within a command');
}

function printable(text: string): string {
  return text.replace(/[^ -~]/g, '?').slice(0, lineBytesMax);
}

/** The replies that are always the same. */
export const okReply: Uint8Array = Buffer.from('+OK\r\n');
/** What follows the bytes of a bulk string. */
export const bulkEnd: Uint8Array = Buffer.from('\r\n');

/** What is absent. */
export function nullReply(protocol: RespVersion): Uint8Array {
  return protocol === 3 ? resp3Null : resp2Null;
}

const resp2Null: Uint8Array = Buffer.from('$-1\r\n');
const resp3Null: Uint8Array = Buffer.from('_\r\n');

/** `text` must be of one line. */
export function simpleReply(text: string): Uint8Array {
  return Buffer.from(`+${text}\r\n`);
}

/** `text` must be of one line. */
export function errorReply(text: string): Uint8Array {
  return Buffer.from(`-${text}\r\n`);
}

export function numberReply(value: number): Uint8Array {
  return Buffer.from(`:${value}\r\n`);
}

/** What precedes the bytes of a bulk string. */
export function bulkHead(sizeBytes: number): Uint8Array {
  return Buffer.from(`$${sizeBytes}\r\n`);
}

/** A text as a whole bulk string. */
export function bulkReply(text: string): Uint8Array {
  return Buffer.from(`$${Buffer.byteLength(text)}\r\n${text}\r\n`);
}

/** An array's head; its elements follow. */
export function arrayHead(length: number): Uint8Array {
  return Buffer.from(`*${length}\r\n`);
}

/** A map's head; its names and values follow in turn. RESP3 alone has it. */
export function mapHead(length: number): Uint8Array {
  return Buffer.from(`%${length}\r\n`);
}

/** A set's head, which RESP2 has as an array. */
export function setHead(length: number, protocol: RespVersion): Uint8Array {
  return protocol === 3 ? Buffer.from(`~${length}\r\n`) : arrayHead(length);
}

/** A command as clients send it. */
export function commandBytes(words: readonly string[]): Uint8Array {
  return Buffer.concat([arrayHead(words.length), ...words.map(bulkReply)]);
}
