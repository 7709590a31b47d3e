import { OperationFailure } from '../../../protocols/shared/load-client.ts';

/**
 * Takes chunked framing (RFC 9112, 7.1) off a body, byte by byte where it is framing and piece by
 * piece where it is data. Chunk extensions and trailers are read and dropped, within a bound.
 */
export class ChunkedBody {
  #state: State = 'size';
  #remaining = 0;
  #digits = 0;
  #framingBytes = 0;
  /** The extension or trailer being read. */
  #line = '';

  /**
   * Takes bytes from `from` up to `end`, and gives the data in them to `onData`.
   * @returns the index after the body's last byte, or -1 when it has not come.
   * @throws {OperationFailure} `protocol`.
   */
  push(
    bytes: Buffer,
    from: number,
    end: number,
    onData: (from: number, to: number) => void,
  ): number {
    let at = from;
    while (at < end) {
      if (this.#state === 'data') {
        const dataEnd = Math.min(end, at + this.#remaining);
        onData(at, dataEnd);
        this.#remaining -= dataEnd - at;
        at = dataEnd;
        if (this.#remaining === 0) this.#state = 'data_cr';
        continue;
      }
      if (this.#take(bytes[at]!)) return at + 1;
      at += 1;
    }
    return -1;
  }

  /** Takes one byte of framing; true after the last. */
  #take(byte: number): boolean {
    this.#framingBytes += 1;
    if (this.#framingBytes > framingBytesMax) throw malformed('has too long a frame');
    switch (this.#state) {
      case 'size':
        this.#takeSize(byte);
        return false;
      case 'extension':
        if (byte !== cr) this.#line += String.fromCharCode(byte);
        else if (!extensionsForm.test(this.#line)) throw malformed('has an invalid extension');
        else this.#state = 'size_lf';
        return false;
      case 'size_lf':
        expect(byte, lf);
        this.#framingBytes = 0;
        this.#line = '';
        this.#state = this.#remaining === 0 ? 'trailer' : 'data';
        return false;
      case 'data_cr':
        expect(byte, cr);
        this.#state = 'data_lf';
        return false;
      case 'data_lf':
        expect(byte, lf);
        this.#digits = 0;
        this.#state = 'size';
        return false;
      case 'trailer':
        if (byte !== cr) this.#line += String.fromCharCode(byte);
        else if (!trailerForm.test(this.#line)) throw malformed('has an invalid trailer');
        else this.#state = 'trailer_lf';
        return false;
      case 'trailer_lf':
        expect(byte, lf);
        if (this.#line === '') return true;
        this.#line = '';
        this.#state = 'trailer';
        return false;
      case 'data':
        throw malformed('lost its place');
    }
  }

  #takeSize(byte: number): void {
    const digit = hexDigit(byte);
    if (digit >= 0) {
      this.#digits += 1;
      // 12 digits: 2^48 bytes, exact in a number.
      if (this.#digits > 12) throw malformed('has too large a chunk');
      this.#remaining = (this.#digits === 1 ? 0 : this.#remaining * 16) + digit;
      return;
    }
    if (this.#digits === 0) throw malformed('has a chunk without a size');
    if (byte === cr) this.#state = 'size_lf';
    else if (byte === 0x3b) {
      this.#line = ';';
      this.#state = 'extension';
    } else throw malformed('has a chunk with a wrong size');
  }
}

type State =
  | 'size'
  | 'extension'
  | 'size_lf'
  | 'data'
  | 'data_cr'
  | 'data_lf'
  | 'trailer'
  | 'trailer_lf';

const cr = 0x0d;
const lf = 0x0a;
/** RFC 9112, 7.1.1, without its optional blanks, which Node's parser refuses too. */
const extensionsForm =
  /^(?:;[!#$%&'*+\-.^_`|~\w]+(?:=(?:[!#$%&'*+\-.^_`|~\w]+|"(?:[\t \x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\t\x20-\x7e\x80-\xff])*"))?)*$/;
/** A field line, or the empty one that ends the body. */
const trailerForm = /^(?:[!#$%&'*+\-.^_`|~\w]+:[\t\x20-\x7e\x80-\xff]*)?$/;
/** Framing between two pieces of data, trailers included. */
const framingBytesMax = 32 * 1024;

function expect(byte: number, wanted: number): void {
  if (byte !== wanted) throw malformed('has a chunk that does not end where it said');
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

function malformed(what: string): OperationFailure {
  return new OperationFailure('protocol', `the chunked body ${what}`);
}
