import { readActionResult, writeActionResult } from '../shared/action-result.ts';
import { BodyCheck, isStored, throwUnless } from '../shared/body-check.ts';
import { heldPayload } from '../shared/held-payload.ts';
import { instancePath } from '../shared/instance-path.ts';
import {
  type Artifact,
  type ArtifactClient,
  type HttpExchange,
  OperationFailure,
} from '../shared/load-client.ts';

/**
 * Speaks to a cache as Bazel does over HTTP: the action cache holds an ActionResult (REAPI v2) that
 * names the output by its digest, the content store holds the bytes. A hit is both of them; a result
 * whose bytes are gone is a miss, as it is to a build.
 */
export class BazelHttpArtifactClient implements ArtifactClient {
  readonly storesByDigest = true;
  readonly #acPrefix: string;
  readonly #casPrefix: string;

  constructor(instance: string) {
    this.#acPrefix = bazelPath(instance, 'ac', '');
    this.#casPrefix = bazelPath(instance, 'cas', '');
  }

  async lookup(http: HttpExchange, artifact: Artifact): Promise<'hit' | 'miss'> {
    const result = new SmallBody();
    const found = await http.exchange(
      { method: 'GET', path: this.#acPrefix + artifact.key },
      result.sink,
    );
    if (found.status === 404) return 'miss';
    throwUnless(found.status === 200, found, 'a lookup of a result');
    const digest = readActionResult(result.bytes());
    if (digest.sizeBytes !== artifact.payload.sizeBytes) {
      throw new OperationFailure('integrity', 'the result names another size than was stored');
    }
    const body = new BodyCheck(artifact.payload);
    const reply = await http.exchange(
      { method: 'GET', path: this.#casPrefix + digest.hash },
      body.sink,
    );
    if (reply.status === 404) {
      // A blob that is gone makes a miss, but a result that came back changed names a blob that
      // never was. Asked only here: where the bytes agree, their name did.
      if (digest.hash === artifact.payload.sha256()) return 'miss';
      throw new OperationFailure('integrity', 'the result names other bytes than were stored');
    }
    throwUnless(reply.status === 200, reply, 'a lookup of content');
    body.throwUnlessWhole();
    return 'hit';
  }

  async store(http: HttpExchange, artifact: Artifact): Promise<void> {
    const hash = artifact.payload.sha256();
    const content = await http.exchange({
      method: 'PUT',
      path: this.#casPrefix + hash,
      body: artifact.payload,
    });
    throwUnless(isStored(content.status), content, 'a store of content');
    const result = await http.exchange({
      method: 'PUT',
      path: this.#acPrefix + artifact.key,
      body: heldPayload(writeActionResult({ hash, sizeBytes: artifact.payload.sizeBytes })),
    });
    throwUnless(isStored(result.status), result, 'a store of a result');
  }
}

/** The path of an entry of the action cache or of the content store. */
export function bazelPath(instance: string, space: 'ac' | 'cas', key: string): string {
  return `${instancePath(instance)}/${space}/${key}`;
}

/** Holds an ActionResult as it comes: some hundred bytes, bounded. */
class SmallBody {
  readonly #chunks: Buffer[] = [];
  #size = 0;

  readonly sink = (chunk: Buffer, status: number): void => {
    if (status !== 200) return;
    this.#size += chunk.length;
    if (this.#size > actionResultBytesMax) {
      throw new OperationFailure('integrity', 'the result is larger than what was stored');
    }
    this.#chunks.push(Buffer.from(chunk));
  };

  bytes(): Uint8Array {
    return Buffer.concat(this.#chunks);
  }
}

const actionResultBytesMax = 64 * 1024;
