/**
 * Reads the head of an HTTP/1.1 request, if it is one of the few that the fast path serves, and
 * refuses to guess otherwise. What it accepts is a strict subset of what Node's own parser accepts,
 * with the same framing: everything else is `handover`, and Node's HTTP server gets the bytes.
 *
 * Accepted: GET, HEAD or PUT of a cache key, `HTTP/1.1`, CRLF line ends, printable ASCII header
 * values, one Host, at most one Content-Length of plain digits and nothing else that changes how a
 * message is framed or answered.
 */
export class HeadParser {
  method: 'GET' | 'HEAD' | 'PUT' = 'GET';
  space: 'ac' | 'cas' = 'cas';
  /** Where the path begins, and where the 64 hex characters of the key are, in the given bytes. */
  pathStart = 0;
  hashStart = 0;
  /** -1 = no Content-Length. */
  contentLength = -1;
  /** The client asked that the connection be closed after the answer. */
  close = false;
  /** The position of Host's value. */
  hostStart = 0;
  hostEnd = 0;
  /** The position of Authorization's value; equal = none. */
  authorizationStart = 0;
  authorizationEnd = 0;
  /** The first byte after the head. */
  end = 0;

  /** Reads a head of up to `headBytesMax` that begins at `start`. The fields hold what was read only after `request`. */
  parse(bytes: Uint8Array, start: number, headBytesMax: number): 'request' | 'handover' {
    const limit = Math.min(bytes.length, start + headBytesMax);
    const methodEnd = this.#method(bytes, start);
    if (methodEnd === -1) return 'handover';
    const lineEnd = this.#path(bytes, methodEnd);
    if (lineEnd === -1) return 'handover';
    return this.#headers(bytes, lineEnd, limit) ? 'request' : 'handover';
  }

  #method(bytes: Uint8Array, at: number): number {
    const first = bytes[at];
    if (
      first === 0x47 &&
      bytes[at + 1] === 0x45 &&
      bytes[at + 2] === 0x54 &&
      bytes[at + 3] === 0x20
    ) {
      this.method = 'GET';
      return at + 4;
    }
    if (
      first === 0x50 &&
      bytes[at + 1] === 0x55 &&
      bytes[at + 2] === 0x54 &&
      bytes[at + 3] === 0x20
    ) {
      this.method = 'PUT';
      return at + 4;
    }
    if (
      first === 0x48 &&
      bytes[at + 1] === 0x45 &&
      bytes[at + 2] === 0x41 &&
      bytes[at + 3] === 0x44 &&
      bytes[at + 4] === 0x20
    ) {
      this.method = 'HEAD';
      return at + 5;
    }
    return -1;
  }

  /** Reads `[/segment…]/(ac|cas)/<64 hex> HTTP/1.1\r\n`; returns where the headers begin, or -1. */
  #path(bytes: Uint8Array, start: number): number {
    if (bytes[start] !== 0x2f) return -1;
    this.pathStart = start;
    const limit = Math.min(bytes.length, start + pathBytesMax);
    let lastSlash = start;
    let at = start + 1;
    for (; at < limit; at += 1) {
      const kind = pathCharacter[bytes[at] as number];
      if (kind === ordinary) continue;
      if (kind !== slash) break;
      // An empty segment, and one that begins with a dot, are for the careful handler.
      if (at === lastSlash + 1) return -1;
      lastSlash = at;
    }
    if (at - lastSlash !== 65 || !matchesAt(bytes, at, lineTail)) return -1;
    this.hashStart = lastSlash + 1;
    for (let hex = this.hashStart; hex < at; hex += 1) {
      if (hexCharacter[bytes[hex] as number] === 0) return -1;
    }
    return this.#space(bytes, lastSlash) ? at + lineTail.length : -1;
  }

  #space(bytes: Uint8Array, lastSlash: number): boolean {
    if (matchesBefore(bytes, lastSlash, casSegment)) {
      this.space = 'cas';
      return lastSlash - casSegment.length >= this.pathStart;
    }
    if (matchesBefore(bytes, lastSlash, acSegment)) {
      this.space = 'ac';
      return lastSlash - acSegment.length >= this.pathStart;
    }
    return false;
  }

  #headers(bytes: Uint8Array, start: number, limit: number): boolean {
    this.contentLength = -1;
    this.close = false;
    this.authorizationStart = 0;
    this.authorizationEnd = 0;
    let hosts = 0;
    let at = start;
    while (at < limit) {
      if (bytes[at] === 0x0d) {
        this.end = at + 2;
        return bytes[at + 1] === 0x0a && hosts === 1;
      }
      const nameStart = at;
      while (tokenCharacter[bytes[at] as number] === 1) at += 1;
      const nameEnd = at;
      if (nameEnd === nameStart || bytes[at] !== 0x3a) return false;
      at += 1;
      while (bytes[at] === 0x20 || bytes[at] === 0x09) at += 1;
      const valueStart = at;
      while (valueCharacter[bytes[at] as number] === 1) at += 1;
      if (bytes[at] !== 0x0d || bytes[at + 1] !== 0x0a) return false;
      let valueEnd = at;
      while (
        valueEnd > valueStart &&
        (bytes[valueEnd - 1] === 0x20 || bytes[valueEnd - 1] === 0x09)
      ) {
        valueEnd -= 1;
      }
      at += 2;
      const meaning = meaningOf(bytes, nameStart, nameEnd);
      switch (meaning) {
        case 'none':
          break;
        case 'host':
          hosts += 1;
          this.hostStart = valueStart;
          this.hostEnd = valueEnd;
          break;
        case 'content-length':
          if (this.contentLength !== -1) return false;
          // Up to the line's end: Node refuses a tab after the digits, so blanks are not for here.
          this.contentLength = plainDigits(bytes, valueStart, at - 2);
          if (this.contentLength === -1) return false;
          break;
        case 'connection':
          if (equalsIgnoringCase(bytes, valueStart, valueEnd, keepAlive)) break;
          if (!equalsIgnoringCase(bytes, valueStart, valueEnd, closeToken)) return false;
          this.close = true;
          break;
        case 'authorization':
          if (this.authorizationEnd !== 0) return false;
          this.authorizationStart = valueStart;
          this.authorizationEnd = valueEnd;
          break;
        case 'handover':
          return false;
        default:
          // A list: the header is harmless with these values, and requires a different answer with
          // any other.
          if (!isOneOf(bytes, valueStart, valueEnd, meaning)) return false;
      }
    }
    return false;
  }
}

/** A longer path is left to Node's parser. */
const pathBytesMax = 1024;
/** So is a longer head, where the server's own limit is not below it. */
export const fastHeadBytesMax = 8192;

type Meaning =
  | 'none'
  | 'host'
  | 'content-length'
  | 'connection'
  | 'authorization'
  | 'handover'
  | readonly Uint8Array[];

type NamedMeaning = readonly [name: Uint8Array, meaning: Meaning];

/** Headers that mean something, by the length of their names, since most names already fail that. */
const meaningfulHeaders: readonly (readonly NamedMeaning[] | undefined)[] = byLength([
  ['host', 'host'],
  ['content-length', 'content-length'],
  ['connection', 'connection'],
  ['authorization', 'authorization'],
  ['accept', harmless('*/*', 'application/octet-stream')],
  ['accept-encoding', harmless('gzip', 'identity', 'gzip, deflate', 'gzip,deflate')],
  ['content-type', harmless('application/octet-stream')],
  // Headers of browsers, and conditions: the full handler decides about them.
  ['origin', 'handover'],
  ['sec-fetch-site', 'handover'],
  ['if-match', 'handover'],
  ['if-none-match', 'handover'],
  ['if-range', 'handover'],
  // Framing, or an answer of another shape: for Node's server and the full handler.
  ['transfer-encoding', 'handover'],
  ['content-encoding', 'handover'],
  ['content-range', 'handover'],
  ['expect', 'handover'],
  ['keep-alive', 'handover'],
  ['proxy-connection', 'handover'],
  ['range', 'handover'],
  ['te', 'handover'],
  ['trailer', 'handover'],
  ['upgrade', 'handover'],
]);

function harmless(...values: string[]): Uint8Array[] {
  return values.map((value) => Buffer.from(value));
}

function byLength(rows: readonly (readonly [string, Meaning])[]): NamedMeaning[][] {
  const table: NamedMeaning[][] = [];
  for (const [name, meaning] of rows) {
    const sameLength = table[name.length] ?? [];
    sameLength.push([Buffer.from(name), meaning]);
    table[name.length] = sameLength;
  }
  return table;
}

function meaningOf(bytes: Uint8Array, start: number, end: number): Meaning {
  const candidates = meaningfulHeaders[end - start];
  if (candidates === undefined) return 'none';
  for (const [name, meaning] of candidates) {
    if (equalsIgnoringCase(bytes, start, end, name)) return meaning;
  }
  return 'none';
}

function isOneOf(
  bytes: Uint8Array,
  start: number,
  end: number,
  values: readonly Uint8Array[],
): boolean {
  return values.some((value) => equalsIgnoringCase(bytes, start, end, value));
}

/** Compares with `expected`, which is lower-case. */
function equalsIgnoringCase(
  bytes: Uint8Array,
  start: number,
  end: number,
  expected: Uint8Array,
): boolean {
  if (end - start !== expected.length) return false;
  for (let index = 0; index < expected.length; index += 1) {
    const byte = bytes[start + index] as number;
    const lower = byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
    if (lower !== expected[index]) return false;
  }
  return true;
}

/** Up to 15 digits, so that the number is exact; -1 for anything else. */
function plainDigits(bytes: Uint8Array, start: number, end: number): number {
  if (end === start || end - start > 15) return -1;
  let value = 0;
  for (let at = start; at < end; at += 1) {
    const digit = (bytes[at] as number) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

function matchesAt(bytes: Uint8Array, at: number, expected: Uint8Array): boolean {
  for (let index = 0; index < expected.length; index += 1) {
    if (bytes[at + index] !== expected[index]) return false;
  }
  return true;
}

function matchesBefore(bytes: Uint8Array, end: number, expected: Uint8Array): boolean {
  const start = end - expected.length;
  return start >= 0 && matchesAt(bytes, start, expected);
}

const lineTail = Buffer.from(' HTTP/1.1\r\n');
const casSegment = Buffer.from('/cas');
const acSegment = Buffer.from('/ac');
const keepAlive = Buffer.from('keep-alive');
const closeToken = Buffer.from('close');

const ordinary = 1;
const slash = 2;
const pathCharacter: Uint8Array = characterTable(
  'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_',
);
pathCharacter[0x2f] = slash;
const hexCharacter: Uint8Array = characterTable('0123456789abcdef');
const tokenCharacter: Uint8Array = characterTable(
  "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
);
const valueCharacter: Uint8Array = new Uint8Array(256).map((_, byte) =>
  (byte >= 0x20 && byte <= 0x7e) || byte === 0x09 ? 1 : 0,
);

function characterTable(characters: string): Uint8Array {
  const table = new Uint8Array(256);
  for (const character of characters) table[character.charCodeAt(0)] = 1;
  return table;
}
