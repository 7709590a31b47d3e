import { OperationFailure } from '../../../protocols/shared/load-client.ts';

/** What the head of an answer says about its framing, and its headers on request. */
export class ResponseHead {
  status = 0;
  /** Index of the first byte after the head. */
  endsAt = 0;
  contentLength: number | undefined;
  chunked = false;
  /** Whether the connection persists after this answer (RFC 9112, 9.3). */
  keepAlive = false;
  /** Of `Keep-Alive: timeout=N`. */
  keepAliveSecs: number | undefined;
  /** `Content-Encoding`, where it is another than `identity`. */
  contentEncoding: string | undefined;
  /** The header lines, kept as text because the bytes' memory is reused. */
  text = '';

  /** A header's value by lower-case name; several of one name are joined by commas. */
  header(name: string): string | undefined {
    const values: string[] = [];
    for (const line of this.text.split('\r\n')) {
      const colon = line.indexOf(':');
      if (colon === name.length && line.slice(0, colon).toLowerCase() === name) {
        values.push(line.slice(colon + 1).trim());
      }
    }
    return values.length === 0 ? undefined : values.join(', ');
  }
}

/**
 * Reads a head that begins at `from` in the bytes up to `end`; `undefined` when its end has not come yet. Stricter than
 * RFC 9112 asks: a lone LF or CR, a folded line, a space before a colon, two lengths (equal or not),
 * a length beside chunked framing and any coding but `chunked` are refused.
 * @throws {OperationFailure} `protocol`, as soon as the first wrong byte is there.
 */
export function parseHead(bytes: Buffer, from: number, end: number): ResponseHead | undefined {
  const head = new ResponseHead();
  let at = readStatusLine(bytes, from, end, head);
  if (at < 0) return undefined;
  const linesFrom = at;
  const minor = bytes[from + 7]! - digit0;
  head.keepAlive = minor === 1;
  for (;;) {
    if (at + 1 >= end) {
      if (at < end && bytes[at] !== cr && !isTokenByte[bytes[at]!]) throw malformed(head);
      return undefined;
    }
    if (bytes[at] === cr) {
      if (bytes[at + 1] !== lf) throw malformed(head);
      break;
    }
    const colon = endOfName(bytes, at, end);
    if (colon === end) return undefined;
    if (colon === at || bytes[colon] !== 0x3a) throw malformed(head);
    const lineEnd = endOfValue(bytes, colon + 1, end);
    if (lineEnd === end) return undefined;
    if (bytes[lineEnd] !== cr) throw malformed(head);
    if (lineEnd + 1 === end) return undefined;
    if (bytes[lineEnd + 1] !== lf) throw malformed(head);
    readField(head, bytes, at, colon, lineEnd, minor);
    at = lineEnd + 2;
  }
  if (head.chunked && (head.contentLength !== undefined || minor === 0)) {
    throw failure('the answer has both a length and a transfer coding');
  }
  if (head.status < 200 && minor === 0) throw failure('HTTP/1.0 has no interim answers');
  head.text = bytes.toString('latin1', linesFrom, at);
  head.endsAt = at + 2;
  return head;
}

const cr = 0x0d;
const lf = 0x0a;
const digit0 = 0x30;
const versionStart = Buffer.from('HTTP/1.', 'latin1');

/** RFC 9110, 5.6.2: what a header's name is made of. */
const isTokenByte = byteTable((byte) =>
  /^[!#$%&'*+\-.^_`|~0-9A-Za-z]$/.test(String.fromCharCode(byte)),
);
/** RFC 9110, 5.5: what a header's value is made of, spaces and tabs included. */
const isValueByte = byteTable((byte) => byte === 0x09 || (byte >= 0x20 && byte !== 0x7f));

function byteTable(test: (byte: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => (test(byte) ? 1 : 0));
}

/** `HTTP/1.x SSS[ reason]CRLF`. Returns where the next line begins, or -1 when it has not come. */
function readStatusLine(bytes: Buffer, from: number, end: number, head: ResponseHead): number {
  for (let index = 0; index < 13; index += 1) {
    const at = from + index;
    if (at >= end) return -1;
    const byte = bytes[at]!;
    const fits =
      index < 7
        ? byte === versionStart[index]
        : index === 7
          ? byte === digit0 || byte === digit0 + 1
          : index === 8
            ? byte === 0x20
            : index < 12
              ? byte >= digit0 && byte <= digit0 + 9
              : byte === 0x20 || byte === cr;
    if (!fits) throw failure('the answer does not begin with an HTTP/1 status line');
    if (index >= 9 && index < 12) head.status = head.status * 10 + byte - digit0;
  }
  if (head.status < 100 || head.status > 599)
    throw failure(`status ${head.status} is not an HTTP status`);
  const lineEnd = endOfValue(bytes, from + 12, end);
  if (lineEnd + 1 >= end) {
    if (lineEnd < end && bytes[lineEnd] !== cr) throw malformed(head);
    return -1;
  }
  if (bytes[lineEnd] !== cr || bytes[lineEnd + 1] !== lf) throw malformed(head);
  return lineEnd + 2;
}

function endOfName(bytes: Buffer, from: number, end: number): number {
  let at = from;
  while (at < end && isTokenByte[bytes[at]!] === 1) at += 1;
  return at;
}

function endOfValue(bytes: Buffer, from: number, end: number): number {
  let at = from;
  while (at < end && isValueByte[bytes[at]!] === 1) at += 1;
  return at;
}

/** Looks at the few fields that frame the answer. Names are distinguished by their length first. */
function readField(
  head: ResponseHead,
  bytes: Buffer,
  nameFrom: number,
  colon: number,
  lineEnd: number,
  minor: number,
): void {
  switch (colon - nameFrom) {
    case 14:
      if (nameIs(bytes, nameFrom, contentLengthName)) readLength(head, bytes, colon + 1, lineEnd);
      return;
    case 16:
      if (nameIs(bytes, nameFrom, contentEncodingName)) {
        const coding = valueText(bytes, colon + 1, lineEnd);
        if (coding !== '' && coding !== 'identity') head.contentEncoding = coding.slice(0, 40);
      }
      return;
    case 17:
      if (nameIs(bytes, nameFrom, transferEncodingName)) {
        const coding = valueText(bytes, colon + 1, lineEnd);
        if (head.chunked || coding !== 'chunked') {
          throw failure(`transfer coding '${coding.slice(0, 40)}' was not requested`);
        }
        head.chunked = true;
      }
      return;
    case 10:
      if (nameIs(bytes, nameFrom, connectionName)) {
        const options = valueText(bytes, colon + 1, lineEnd).split(/[ \t]*,[ \t]*/);
        if (options.includes('close')) head.keepAlive = false;
        else if (minor === 0 && options.includes('keep-alive')) head.keepAlive = true;
      } else if (nameIs(bytes, nameFrom, keepAliveName)) {
        const secs = /(?:^|[ ,])timeout=(\d{1,6})/.exec(valueText(bytes, colon + 1, lineEnd))?.[1];
        if (secs !== undefined) head.keepAliveSecs = Number(secs);
      }
      return;
    default:
  }
}

const contentLengthName = Buffer.from('content-length');
const contentEncodingName = Buffer.from('content-encoding');
const transferEncodingName = Buffer.from('transfer-encoding');
const connectionName = Buffer.from('connection');
const keepAliveName = Buffer.from('keep-alive');

function nameIs(bytes: Buffer, from: number, name: Buffer): boolean {
  for (let index = 0; index < name.length; index += 1) {
    if ((bytes[from + index]! | 0x20) !== name[index]) return false;
  }
  return true;
}

function readLength(head: ResponseHead, bytes: Buffer, from: number, to: number): void {
  if (head.contentLength !== undefined) throw failure('the answer has two lengths');
  let at = from;
  let end = to;
  while (at < end && isBlank(bytes[at]!)) at += 1;
  while (end > at && isBlank(bytes[end - 1]!)) end -= 1;
  // 15 digits stay within what a number holds exactly.
  let value = at < end && end - at <= 15 ? 0 : Number.NaN;
  for (; at < end; at += 1) {
    const digit = bytes[at]! - digit0;
    value = digit >= 0 && digit <= 9 ? value * 10 + digit : Number.NaN;
  }
  if (Number.isNaN(value)) throw failure("the answer's length is not a number");
  head.contentLength = value;
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x09;
}

function valueText(bytes: Buffer, from: number, to: number): string {
  return bytes.toString('latin1', from, to).trim().toLowerCase();
}

function malformed(head: ResponseHead): OperationFailure {
  return failure(`the head of the answer (status ${head.status}) is malformed`);
}

function failure(message: string): OperationFailure {
  return new OperationFailure('protocol', message);
}
