import { throwUnless } from '../shared/body-check.ts';
import type { Artifact, ArtifactClient, HttpExchange } from '../shared/load-client.ts';
import { PlainArtifactClient, shortKey } from '../shared/opaque/plain-load-client.ts';
import { turborepoPath } from './wire.ts';

/**
 * Speaks to a cache as Turborepo 2 does: each client asks for the status once, as a run does, and
 * then for artifacts; a store states how long the task took.
 */
export class TurborepoArtifactClient implements ArtifactClient {
  readonly storesByDigest = false;
  readonly #artifacts: PlainArtifactClient;
  readonly #statusPath: string;
  readonly #begun = new WeakSet<HttpExchange>();

  /** @param instance the team's id; '' for none. */
  constructor(instance: string) {
    this.#statusPath = turborepoPath(instance, 'status');
    this.#artifacts = new PlainArtifactClient({
      path: ({ key }) => turborepoPath(instance, shortKey(key).toString(16).padStart(16, '0')),
      lookupLines: 'Accept: */*\r\n',
      storeLines: 'Accept: */*\r\nx-artifact-duration: 1234\r\n',
      removes: false,
    });
  }

  async lookup(http: HttpExchange, artifact: Artifact): Promise<'hit' | 'miss'> {
    if (!this.#begun.has(http)) {
      const reply = await http.exchange({ method: 'GET', path: this.#statusPath });
      throwUnless(reply.status === 200, reply, 'the question for the status');
      this.#begun.add(http);
    }
    return await this.#artifacts.lookup(http, artifact);
  }

  store(http: HttpExchange, artifact: Artifact): Promise<void> {
    return this.#artifacts.store(http, artifact);
  }
}
