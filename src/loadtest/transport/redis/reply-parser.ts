import { type BodySink, OperationFailure } from '../../../protocols/shared/load-client.ts';

/**
 * Reads replies of RESP2 as they arrive and maps each to a status: a stored value, `+…` and a
 * number above 0 are 200, an absent value and 0 are 404; an error is 403 where it is about
 * permission, 503 where it is about the server's room, 400 otherwise.
 */
export class ReplyParser {
  status = 0;
  bodyBytes = 0;
  #onBody: BodySink | undefined;
  #line = '';
  /** Bytes of the bulk string still to come, its CRLF included; -1 outside of one. */
  #leftBytes = -1;

  begin(onBody: BodySink | undefined): void {
    this.status = 0;
    this.bodyBytes = 0;
    this.#onBody = onBody;
    this.#line = '';
    this.#leftBytes = -1;
  }

  /**
   * Takes the first `size` bytes of `bytes`. The sink's chunks lie in their memory.
   * @returns how many bytes belong to the reply once it is whole, else -1: all were taken and more must come.
   * @throws {OperationFailure} `protocol`; what the sink throws.
   */
  push(bytes: Buffer, size: number = bytes.length): number {
    let at = 0;
    while (at < size) {
      if (this.#leftBytes >= 0) {
        at += this.#takeBulk(bytes.subarray(at, size));
        if (this.#leftBytes === 0) return at;
        continue;
      }
      const byte = bytes[at]!;
      at += 1;
      if (byte !== lineFeed) {
        this.#line += String.fromCharCode(byte);
        if (this.#line.length > lineCharsMax) throw odd('a line without an end');
      } else if (this.#takeLine()) return at;
    }
    return -1;
  }

  /** @returns whether the reply is whole. */
  #takeLine(): boolean {
    const { sign, text } = split(this.#line);
    this.#line = '';
    switch (sign) {
      case '+':
        this.status = 200;
        return true;
      case ':':
        this.status = Number(text) > 0 ? 200 : 404;
        return true;
      case '-':
        this.status = errorStatus[text.split(' ')[0] ?? ''] ?? 400;
        return true;
      case '$': {
        const sizeBytes = /^(?:-1|\d{1,12})$/.test(text) ? Number(text) : Number.NaN;
        if (Number.isNaN(sizeBytes)) throw odd(`a length of '${text}'`);
        this.status = sizeBytes < 0 ? 404 : 200;
        this.#leftBytes = sizeBytes < 0 ? -1 : sizeBytes + 2;
        return sizeBytes < 0;
      }
      default:
        throw odd(`a reply that begins with '${sign}'`);
    }
  }

  #takeBulk(bytes: Buffer): number {
    const taken = bytes.subarray(0, this.#leftBytes);
    const valueBytes = Math.max(0, Math.min(taken.length, this.#leftBytes - 2));
    this.#leftBytes -= taken.length;
    this.bodyBytes += valueBytes;
    if (valueBytes > 0) this.#onBody?.(taken.subarray(0, valueBytes), 200);
    return taken.length;
  }
}

const lineFeed = 0x0a;
const lineCharsMax = 4096;

const errorStatus: Readonly<Record<string, number>> = {
  NOAUTH: 401,
  WRONGPASS: 401,
  NOPERM: 403,
  READONLY: 403,
  OOM: 507,
  BUSY: 503,
  LOADING: 503,
};

function split(line: string): { readonly sign: string; readonly text: string } {
  return { sign: line[0] ?? '', text: line.slice(1).trimEnd() };
}

function odd(what: string): OperationFailure {
  return new OperationFailure('protocol', `the answer is not Redis protocol: ${what}`);
}
