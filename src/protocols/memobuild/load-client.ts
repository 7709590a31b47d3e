import { BodyCheck, isRemoved, isStored, throwUnless } from '../shared/body-check.ts';
import { instancePath } from '../shared/instance-path.ts';
import type { Artifact, ArtifactClient, HttpExchange } from '../shared/load-client.ts';

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
    const reply = await http.exchange(
      { method: 'GET', path: this.#prefix + artifact.key },
      body.sink,
    );
    if (reply.status === 404) return 'miss';
    throwUnless(reply.status === 200, reply, 'a lookup');
    body.throwUnlessWhole();
    return 'hit';
  }

  async exists(http: HttpExchange, artifact: Artifact): Promise<'hit' | 'miss'> {
    const reply = await http.exchange({ method: 'HEAD', path: this.#prefix + artifact.key });
    if (reply.status === 404) return 'miss';
    throwUnless(reply.status === 200, reply, 'a question for an entry');
    return 'hit';
  }

  async store(http: HttpExchange, artifact: Artifact): Promise<void> {
    const reply = await http.exchange({
      method: 'PUT',
      path: this.#prefix + artifact.key,
      body: artifact.payload,
    });
    throwUnless(isStored(reply.status), reply, 'a store');
  }

  async remove(http: HttpExchange, artifact: Artifact): Promise<void> {
    const reply = await http.exchange({
      method: 'DELETE',
      path: this.#prefix + artifact.key,
    });
    throwUnless(isRemoved(reply.status), reply, 'a removal');
  }
}
