import { isRemoved, isStored, throwUnless } from '../shared/body-check.ts';
import { heldPayload } from '../shared/held-payload.ts';
import type { Artifact, ArtifactClient, HttpExchange } from '../shared/load-client.ts';
import { PlainArtifactClient } from '../shared/opaque/plain-load-client.ts';
import { ccacheMount } from './wire.ts';

/**
 * Speaks to a cache as ccache does, in its `subdirs` layout: a compilation asks for a small manifest
 * and then for the result that it names; what it compiled itself it stores in the same order. Each
 * compilation has a connection of its own.
 */
export class CcacheArtifactClient implements ArtifactClient {
  readonly storesByDigest = false;
  readonly #mount: string;
  readonly #results: PlainArtifactClient;

  /** @param instance the team; '' for none. */
  constructor(instance: string) {
    this.#mount = instance === '' ? ccacheMount : `${ccacheMount}/${instance}`;
    this.#results = new PlainArtifactClient({
      path: ({ key }) => this.#path(key.slice(8, 48)),
      lookupLines: closing,
      storeLines: closing,
      removes: true,
    });
  }

  async lookup(http: HttpExchange, artifact: Artifact): Promise<'hit' | 'miss'> {
    const path = this.#manifestPath(artifact);
    const reply = await http.exchange({ method: 'GET', path });
    if (reply.status === 404) return 'miss';
    throwUnless(reply.status === 200, reply, 'a lookup of a manifest');
    return await this.#results.lookup(http, artifact);
  }

  async store(http: HttpExchange, artifact: Artifact): Promise<void> {
    const stored = await http.exchange({
      method: 'PUT',
      path: this.#manifestPath(artifact),
      body: manifest,
    });
    throwUnless(isStored(stored.status), stored, 'a store of a manifest');
    await this.#results.store(http, artifact);
  }

  async remove(http: HttpExchange, artifact: Artifact): Promise<void> {
    const path = this.#manifestPath(artifact);
    const reply = await http.exchange({ method: 'DELETE', path });
    throwUnless(isRemoved(reply.status), reply, 'a removal');
    await this.#results.remove?.(http, artifact);
  }

  /** The manifest's key is another hash of the same inputs. */
  #manifestPath({ key }: Artifact): string {
    return this.#path(key.slice(24, 48) + key.slice(8, 24));
  }

  #path(key: string): string {
    return `${this.#mount}/${key.slice(0, 2)}/${key.slice(2)}`;
  }
}

const closing = 'Connection: close\r\n';

/** As large as that of a compilation with a dozen headers. */
const manifestBytes = Buffer.alloc(494, 'manifest ');
const manifest = heldPayload(manifestBytes);
