/**
 * The text of a file: UTF-8, or UTF-16 that says so by its byte order mark, as the redirections of
 * some shells write it. The mark is not part of the returned text.
 * @throws {RangeError} for UTF-16 without the mark and for UTF-32, naming the encoding.
 */
export function decodeText(bytes: Uint8Array): string {
  const starts = (...mark: readonly number[]): boolean =>
    bytes.length >= mark.length && mark.every((byte, index) => bytes[index] === byte);
  if (starts(0xff, 0xfe, 0, 0) || starts(0, 0, 0xfe, 0xff)) throw refused('UTF-32');
  if (starts(0xff, 0xfe)) return new TextDecoder('utf-16le').decode(bytes);
  if (starts(0xfe, 0xff)) return new TextDecoder('utf-16be').decode(bytes);
  // Text that begins with an ASCII character has no zero byte there in UTF-8.
  if (bytes.length >= 2 && (bytes[0] === 0) !== (bytes[1] === 0)) {
    throw refused('UTF-16 without a byte order mark');
  }
  return new TextDecoder('utf-8').decode(bytes);
}

function refused(encoding: string): RangeError {
  return new RangeError(`it is ${encoding}; save it as UTF-8`);
}
