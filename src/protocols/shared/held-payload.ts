import { sha256Of } from '../../core/index.ts';
import type { Payload } from './load-client.ts';

/**
 * Makes bytes that are held in memory into a request's body, and into what a body is compared with.
 * The bytes may not change afterwards.
 */
export function heldPayload(bytes: Uint8Array): Payload {
  const held = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let sha256: string | undefined;
  return {
    sizeBytes: held.length,
    sha256: () => {
      sha256 ??= sha256Of(held);
      return sha256;
    },
    piece: (offsetBytes) => held.subarray(offsetBytes, offsetBytes + pieceBytesMax),
    matches: (chunk, offsetBytes) =>
      offsetBytes + chunk.length <= held.length &&
      chunk.equals(held.subarray(offsetBytes, offsetBytes + chunk.length)),
  };
}

const pieceBytesMax = 64 * 1024;
