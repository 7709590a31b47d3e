import { type Artifact, type BodySink, type HttpReply, OperationFailure } from './load-client.ts';

/** Whether a PUT's status says that the bytes are kept. */
export function isStored(status: number): boolean {
  return status === 200 || status === 201 || status === 202 || status === 204;
}

/** Whether a DELETE's status says that the bytes are not there any more, or never were. */
export function isRemoved(status: number): boolean {
  return (status >= 200 && status < 300) || status === 404;
}

/**
 * @throws {OperationFailure} `http_4xx` or `http_5xx`; `protocol` for a redirect, and for a status
 * that fits no answer.
 */
export function throwUnless(
  fits: boolean,
  reply: Pick<HttpReply, 'status' | 'header'>,
  what: string,
): void {
  if (fits) return;
  const { status } = reply;
  const kind = status >= 500 ? 'http_5xx' : status >= 400 ? 'http_4xx' : 'protocol';
  const location = status >= 300 && status < 400 ? reply.header('location') : undefined;
  const answer =
    location === undefined
      ? `status ${status}`
      : `a redirect (status ${status}) to ${shownLocation(location)}, which is not followed: name that address as the target`;
  throw new OperationFailure(kind, `${what} was answered with ${answer}`);
}

/** Leaves out what may be a secret (user-info, query), and limits the length, because a server chose it. */
function shownLocation(location: string): string {
  const bare = location.replace(/[?#].*$/, '').replace(/^([a-z][a-z\d+.-]*:)?\/\/[^/]*@/i, '$1//');
  return bare.length > locationCharsMax ? `${bare.slice(0, locationCharsMax)}…` : bare;
}

const locationCharsMax = 200;

/**
 * Expects the bytes of one payload as the body of a 200, and lets other bodies pass. Make one for
 * each exchange, hand its `sink` to the exchange, and call `throwUnlessWhole` after a 200: wrong
 * bytes then count as a failure of kind `integrity`. Nothing is held in memory.
 */
export class BodyCheck {
  #offset = 0;
  #differs = false;
  readonly #payload: Artifact['payload'];

  constructor(payload: Artifact['payload']) {
    this.#payload = payload;
  }

  // The rest of a wrong body is still read, so that the connection can be used again.
  readonly sink: BodySink = (chunk, status) => {
    if (status !== 200 || this.#differs) return;
    this.#differs = !this.#payload.matches(chunk, this.#offset);
    this.#offset += chunk.length;
  };

  /** @throws {OperationFailure} `integrity`. */
  throwUnlessWhole(): void {
    if (this.#differs) {
      throw new OperationFailure('integrity', 'the bytes are not those that were stored');
    }
    if (this.#offset !== this.#payload.sizeBytes) {
      throw new OperationFailure(
        'integrity',
        `${this.#payload.sizeBytes} bytes were stored and ${this.#offset} came back`,
      );
    }
  }
}
