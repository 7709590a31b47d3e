import { createHash } from 'node:crypto';
import type { Payload } from '../../protocols/shared/load-client.ts';

/** Makes bytes held in memory into what a request of a scenario of one's own takes as its body. */
export function payloadOf(bytes: Uint8Array): Payload {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let sha256: string | undefined;
  return {
    sizeBytes: buffer.length,
    sha256: () => {
      sha256 ??= createHash('sha256').update(buffer).digest('hex');
      return sha256;
    },
    piece: (offsetBytes) => buffer.subarray(offsetBytes, offsetBytes + pieceBytesMax),
    matches: (chunk, offsetBytes) =>
      offsetBytes + chunk.length <= buffer.length &&
      chunk.equals(buffer.subarray(offsetBytes, offsetBytes + chunk.length)),
  };
}

const pieceBytesMax = 64 * 1024;
