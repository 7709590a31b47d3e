import type { Writable } from 'node:stream';
import type { HttpRequest } from '../../../protocols/shared/load-client.ts';

/**
 * Writes pieces of a body until the socket's buffer is full: the rest is for when it has drained.
 * @returns from which byte on it is still to be sent; the body's size when all was.
 */
export function sendPieces(
  socket: Writable,
  body: NonNullable<HttpRequest['body']>,
  fromByte: number,
): number {
  let at = fromByte;
  while (at < body.sizeBytes) {
    const piece = body.piece(at);
    at += piece.length;
    if (!socket.write(piece)) break;
  }
  return at;
}
