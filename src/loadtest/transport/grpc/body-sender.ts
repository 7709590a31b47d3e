import type { ClientHttp2Stream } from 'node:http2';
import type { Payload } from '../../../protocols/shared/load-client.ts';

/** Sends a body on a stream, no faster than the stream takes it, and ends the stream after it. */
export class BodySender {
  /** Whether all of it was handed to the stream. */
  isDone = false;
  readonly #stream: ClientHttp2Stream;
  readonly #body: Payload;
  #sentBytes = 0;

  constructor(stream: ClientHttp2Stream, body: Payload) {
    this.#stream = stream;
    this.#body = body;
    stream.on('drain', () => this.send());
  }

  /** Sends as much as there is room for; continues by itself when there is room again. */
  send(): void {
    const stream = this.#stream;
    if (this.isDone || stream.destroyed || stream.closed) return;
    stream.cork();
    let hasRoom = true;
    while (hasRoom && !this.isDone) {
      const piece = this.#body.piece(this.#sentBytes);
      this.#sentBytes += piece.length;
      if (this.#sentBytes < this.#body.sizeBytes) {
        hasRoom = stream.write(piece);
      } else {
        this.isDone = true;
        stream.end(piece);
      }
    }
    stream.uncork();
  }
}
