import { type BodyLimits, isTooSlow } from '../listener/request-body.ts';

/** How fast a client sends a command, from its first bytes on: the waits that are the server's own don't count. */
export class Pace {
  readonly #connection: { destroy(): void };
  readonly #limits: BodyLimits;
  #isWithinCommand = false;
  #waitedMs = 0;
  #receivedBytes = 0;

  /** @param connection is ended where its client is slower than the limits allow. */
  constructor(connection: { destroy(): void }, limits: BodyLimits) {
    this.#connection = connection;
    this.#limits = limits;
  }

  /** A command begins, or is over: between two a client may be silent for long. */
  enter(phase: 'idle' | 'busy'): void {
    this.#isWithinCommand = phase === 'busy';
    this.#waitedMs = 0;
    this.#receivedBytes = 0;
  }

  /** The same bytes, measured as they come. */
  async *watch(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
    let askedMs = performance.now();
    for await (const chunk of source) {
      if (this.#isWithinCommand) {
        this.#waitedMs += performance.now() - askedMs;
        this.#receivedBytes += chunk.byteLength;
        if (isTooSlow(this.#limits, this.#receivedBytes, this.#waitedMs)) {
          this.#connection.destroy();
          return;
        }
      }
      yield chunk;
      askedMs = performance.now();
    }
  }
}
