/** How long a varint of up to 2^53 can be. */
export const varintBytesMax = 8;

/** Writes protobuf's variable-length form of a whole number from 0 up. @returns where it ends. */
export function writeVarint(target: Buffer, offset: number, value: number): number {
  let at = offset;
  let rest = value;
  while (rest > 0x7f) {
    target[at] = (rest % 0x80) | 0x80;
    rest = Math.floor(rest / 0x80);
    at += 1;
  }
  target[at] = rest;
  return at + 1;
}

/** How many bytes {@link writeVarint} takes. */
export function varintSize(value: number): number {
  let bytes = 1;
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 0x80)) bytes += 1;
  return bytes;
}
