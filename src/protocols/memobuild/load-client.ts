import {
  type Artifact,
  type ArtifactClient,
  type BodySink,
  type HttpExchange,
  OperationFailure,
} from '../shared/load-client.ts';

/**
 * Speaks to a cache that keeps one artifact's bytes straight under the key its client chose:
 * `GET|PUT|DELETE [/instance]/ac/<key>`. Most HTTP caches can do this; nothing is asked of the bytes.
 */
export class MemobuildArtifactClient implements ArtifactClient {
  readonly storesByDigest = false;
  readonly #prefix: string;

  constructor(instance: string) {
    this.#prefix = `${instancePath(instance)}/ac/`;
  }

  async lookup(http: HttpExchange, artifact: Artifact): Promise<'hit' | 'miss'> {
    const body = new BodyCheck(artifact.payload);
    const { status } = await http.exchange(
      { method: 'GET', path: this.#prefix + artifact.key },
      body.sink,
    );
    if (status === 404) return 'miss';
    throwUnless(status === 200, status, 'a lookup');
    body.throwUnlessWhole();
    return 'hit';
  }

  async exists(http: HttpExchange, artifact: Artifact): Promise<'hit' | 'miss'> {
    const { status } = await http.exchange({ method: 'HEAD', path: this.#prefix + artifact.key });
    if (status === 404) return 'miss';
    throwUnless(status === 200, status, 'a question for an entry');
    return 'hit';
  }

  async store(http: HttpExchange, artifact: Artifact): Promise<void> {
    const { status } = await http.exchange({
      method: 'PUT',
      path: this.#prefix + artifact.key,
      body: artifact.payload,
    });
    throwUnless(isStored(status), status, 'a store');
  }

  async remove(http: HttpExchange, artifact: Artifact): Promise<void> {
    const { status } = await http.exchange({
      method: 'DELETE',
      path: this.#prefix + artifact.key,
    });
    throwUnless((status >= 200 && status < 300) || status === 404, status, 'a removal');
  }
}

/** An instance name as a path: each segment encoded, '' for none. */
export function instancePath(instance: string): string {
  const segments = instance.split('/').filter((segment) => segment !== '');
  return segments.map((segment) => `/${encodeURIComponent(segment)}`).join('');
}

/** Whether a PUT's status says that the bytes are kept. */
export function isStored(status: number): boolean {
  return status === 200 || status === 201 || status === 202 || status === 204;
}

/** @throws {OperationFailure} `http_4xx` or `http_5xx`; `protocol` for a status that fits no answer. */
export function throwUnless(fits: boolean, status: number, what: string): void {
  if (fits) return;
  const kind = status >= 500 ? 'http_5xx' : status >= 400 ? 'http_4xx' : 'protocol';
  throw new OperationFailure(kind, `${what} was answered with status ${status}`);
}

/** Compares the body of a 200 with what it should be, piece by piece, and lets other bodies pass. */
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
