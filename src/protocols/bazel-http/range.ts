/** A part of a body: `lengthBytes` (at least 1) from `offsetBytes` on. */
export interface ByteRange {
  readonly offsetBytes: number;
  readonly lengthBytes: number;
}

/**
 * Reads a Range header (RFC 9110, 14.2) of one range. Several ranges, other units and what does not
 * parse mean the whole body, which the RFC allows a server to answer with.
 */
export function parseRange(text: string, sizeBytes: number): ByteRange | 'whole' | 'unsatisfiable' {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(text.trim());
  const first = match?.[1] ?? '';
  const last = match?.[2] ?? '';
  if (first === '' && last === '') return 'whole';
  if (first === '') {
    const lengthBytes = Math.min(Number(last), sizeBytes);
    if (lengthBytes === 0) return 'unsatisfiable';
    return { offsetBytes: sizeBytes - lengthBytes, lengthBytes };
  }
  const offsetBytes = Number(first);
  if (last !== '' && Number(last) < offsetBytes) return 'whole';
  if (offsetBytes >= sizeBytes) return 'unsatisfiable';
  const end = last === '' ? sizeBytes : Math.min(Number(last) + 1, sizeBytes);
  return { offsetBytes, lengthBytes: end - offsetBytes };
}
