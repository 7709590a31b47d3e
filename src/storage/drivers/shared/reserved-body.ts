import type { WriteOptions } from '../../store.ts';
import type { Reservation } from './reservation.ts';

/** A body as a store is given it. */
export type Body = Uint8Array | AsyncIterable<Uint8Array>;

/** Passes a body on, having set room aside for it once it is large. */
export function reserving(
  body: Body,
  { sizeBytes: announcedBytes }: WriteOptions,
  reservation: Reservation,
  sizeBytesMax: number,
): Body {
  if (body instanceof Uint8Array) return body;
  if (announcedBytes !== undefined && announcedBytes <= unreservedBytesMax) return body;
  return reservedPieces(body, announcedBytes, reservation, sizeBytesMax);
}

async function* reservedPieces(
  body: AsyncIterable<Uint8Array>,
  announcedBytes: number | undefined,
  reservation: Reservation,
  sizeBytesMax: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  // What is larger than the store is refused by who takes the body.
  const grow = async (sizeBytes: number): Promise<void> => {
    if (sizeBytes <= sizeBytesMax) await reservation.growTo(sizeBytes);
  };
  if (announcedBytes !== undefined) await grow(announcedBytes);
  let sizeBytes = 0;
  for await (const piece of body) {
    sizeBytes += piece.byteLength;
    if (
      announcedBytes === undefined &&
      sizeBytes > unreservedBytesMax &&
      sizeBytes <= sizeBytesMax
    ) {
      await grow(
        Math.min(sizeBytesMax, Math.ceil(sizeBytes / reserveStepBytes) * reserveStepBytes),
      );
    }
    yield piece;
  }
}

/** Smaller bodies are in memory until their commit, and take no room before. */
const unreservedBytesMax = 64 * 2 ** 10;
/** A body of unknown size sets room aside by so much at a time. */
const reserveStepBytes = 256 * 2 ** 10;
