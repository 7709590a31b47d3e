import { sha256Of } from '../../core/index.ts';
import type { Payload } from './load-client.ts';

/** Bytes that are in memory as they are, for the small bodies that a protocol makes itself. */
export function heldPayload(bytes: Uint8Array): Payload {
  const held = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    sizeBytes: held.length,
    sha256: () => sha256Of(held),
    piece: (offsetBytes) => held.subarray(offsetBytes),
    matches: (chunk, offsetBytes) =>
      held.subarray(offsetBytes, offsetBytes + chunk.length).equals(chunk),
  };
}
