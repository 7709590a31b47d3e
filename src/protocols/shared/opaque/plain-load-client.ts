import { BodyCheck, isRemoved, isStored, throwUnless } from '../body-check.ts';
import type { Artifact, ArtifactClient, HttpExchange } from '../load-client.ts';

/** How a tool asks for, and stores, one artifact under one key. */
export interface PlainSpelling {
  path(artifact: Artifact): string;
  /** Lines that go with a lookup, each with its CRLF. */
  readonly lookupLines?: string;
  readonly storeLines?: string;
  readonly contentType?: string;
  /** Whether the protocol has DELETE. */
  readonly removes: boolean;
  /** Whether a second store of a key is refused. Default false. */
  readonly storesOnce?: boolean;
  /** Whether the protocol has HEAD. Default false. */
  readonly asks?: boolean;
}

/** Speaks to a cache as tools do that keep one artifact's bytes under one key: GET, and on a miss PUT. */
export class PlainArtifactClient implements ArtifactClient {
  readonly storesByDigest = false;
  readonly storesOnce: boolean;
  readonly remove?: (http: HttpExchange, artifact: Artifact) => Promise<void>;
  readonly exists?: (http: HttpExchange, artifact: Artifact) => Promise<'hit' | 'miss'>;
  readonly #spelling: PlainSpelling;

  constructor(spelling: PlainSpelling) {
    this.#spelling = spelling;
    this.storesOnce = spelling.storesOnce ?? false;
    if (spelling.removes) this.remove = (http, artifact) => this.#remove(http, artifact);
    if (spelling.asks === true) this.exists = (http, artifact) => this.#exists(http, artifact);
  }

  async lookup(http: HttpExchange, artifact: Artifact): Promise<'hit' | 'miss'> {
    const { lookupLines = '' } = this.#spelling;
    const body = new BodyCheck(artifact.payload);
    const reply = await http.exchange(
      { method: 'GET', path: this.#spelling.path(artifact), headerLines: lookupLines },
      body.sink,
    );
    if (reply.status === 404) return 'miss';
    throwUnless(reply.status === 200, reply, 'a lookup');
    body.throwUnlessWhole();
    return 'hit';
  }

  async store(http: HttpExchange, artifact: Artifact): Promise<void> {
    const { storeLines = '', contentType = 'application/octet-stream' } = this.#spelling;
    const reply = await http.exchange({
      method: 'PUT',
      path: this.#spelling.path(artifact),
      headerLines: storeLines,
      contentType,
      body: artifact.payload,
    });
    throwUnless(isStored(reply.status), reply, 'a store');
  }

  async #exists(http: HttpExchange, artifact: Artifact): Promise<'hit' | 'miss'> {
    const { lookupLines = '' } = this.#spelling;
    const reply = await http.exchange({
      method: 'HEAD',
      path: this.#spelling.path(artifact),
      headerLines: lookupLines,
    });
    if (reply.status === 404) return 'miss';
    throwUnless(reply.status === 200, reply, 'a question for an entry');
    return 'hit';
  }

  async #remove(http: HttpExchange, artifact: Artifact): Promise<void> {
    const reply = await http.exchange({
      method: 'DELETE',
      path: this.#spelling.path(artifact),
    });
    throwUnless(isRemoved(reply.status), reply, 'a removal');
  }
}

/**
 * The load test's keys are 64 hex characters: an 8-character mark, 16 of the run, 40 of the key.
 * This makes 64 bits of them that differ where run or key differ, for tools whose keys are so short.
 */
export function shortKey(key: string): bigint {
  return BigInt(`0x${key.slice(8, 24)}`) ^ BigInt(`0x${key.slice(24, 40)}`);
}
