import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Cache, CacheLookup, Caller, PutOptions } from '../../cache/index.ts';
import { CacheError, emptySha256 } from '../../core/index.ts';
import type { EntryKey } from '../../storage/index.ts';
import { type BlobDigest, createHasher, hashOf } from './blob-digest.ts';

/**
 * The cache's blobs by either digest function. The content store's keys are SHA-256. A blob named
 * by BLAKE3 is an entry of its own in a namespace that no client can name, verified here before it
 * becomes visible.
 */
export class Blobs {
  readonly #cache: Cache;

  constructor(cache: Cache) {
    this.#cache = cache;
  }

  /**
   * A blob of another size than was requested counts as absent: the client named something else.
   */
  get(digest: BlobDigest, caller: Caller): CacheLookup | Promise<CacheLookup> {
    if (digest.sizeBytes === 0) return this.#cache.get(emptyKey, caller);
    const found = this.#cache.get(keyOf(digest), countedCaller(digest, caller));
    return found instanceof Promise
      ? found.then((lookup) => ofSize(lookup, digest))
      : ofSize(found, digest);
  }

  /** @throws {CacheError} as {@link Cache.put}. */
  async put(
    digest: BlobDigest,
    caller: Caller,
    body: Uint8Array | AsyncIterable<Uint8Array>,
    options: Omit<PutOptions, 'sizeBytes'>,
  ): Promise<void> {
    const { sizeBytes } = digest;
    const key = sizeBytes === 0 ? emptyKey : keyOf(digest);
    const counted = countedCaller(digest, caller);
    if (key.space === 'cas') {
      await this.#cache.put(key, counted, body, { ...options, sizeBytes });
      return;
    }
    const checked = verified(body, digest);
    const [isMissing] = await this.#cache.missing([key], counted);
    if (isMissing !== true && checked instanceof Uint8Array) return;
    await this.#cache.put(key, counted, checked, { ...options, sizeBytes, opaque: true });
  }

  /**
   * For each digest whether it is absent; touches what is present. The empty blob never is. As for
   * {@link get}, a blob of another size counts as absent.
   */
  missing(digests: readonly BlobDigest[], caller: Caller): boolean[] | Promise<boolean[]> {
    return this.#cache.missing(
      digests.map((digest) => (digest.sizeBytes === 0 ? emptyKey : keyOf(digest))),
      caller,
    );
  }

  /** Whether none of many blobs is absent. Stops at the first part that lacks one. */
  async areAllThere(digests: readonly BlobDigest[], caller: Caller): Promise<boolean> {
    for (let at = 0; at < digests.length; at += digestsPerLook) {
      if (at > 0) await nextTurn();
      const missing = await this.missing(digests.slice(at, at + digestsPerLook), caller);
      if (missing.includes(true)) return false;
    }
    return true;
  }
}

const digestsPerLook = 1024;

/** No instance can be called so, see `namespaces.ts`. */
const blake3Namespace = 'blake3:content';

/** These entries are content, though they lie in the action cache's space: counted apart from it. */
const blake3CounterName = '(blake3 content)';

const emptyDigest: BlobDigest = {
  digestFunction: 'sha256',
  hash: emptySha256,
  sizeBytes: 0,
};
const emptyKey: EntryKey = keyOf(emptyDigest);

/** The size is a part of the name: a hash with another size is another blob. */
function keyOf({ digestFunction, hash, sizeBytes }: BlobDigest): EntryKey {
  if (digestFunction === 'blake3') {
    return { space: 'ac', namespace: blake3Namespace, key: `${hash}-${sizeBytes}` };
  }
  return { space: 'cas', hash, sizeBytes };
}

function countedCaller({ digestFunction, sizeBytes }: BlobDigest, caller: Caller): Caller {
  const isSha256 = digestFunction === 'sha256' || sizeBytes === 0;
  return isSha256 ? caller : { ...caller, namespace: blake3CounterName };
}

function ofSize(found: CacheLookup, { sizeBytes }: BlobDigest): CacheLookup {
  return found.kind === 'hit' && found.sizeBytes !== sizeBytes ? { kind: 'miss' } : found;
}

function verified(
  body: Uint8Array | AsyncIterable<Uint8Array>,
  digest: BlobDigest,
): Uint8Array | AsyncIterable<Uint8Array> {
  if (!(body instanceof Uint8Array)) return verifiedStream(body, digest);
  assertHash(hashOf(body, digest.digestFunction), digest);
  return body;
}

async function* verifiedStream(
  body: AsyncIterable<Uint8Array>,
  digest: BlobDigest,
): AsyncGenerator<Uint8Array, void, undefined> {
  const hasher = createHasher(digest.digestFunction);
  for await (const chunk of body) {
    hasher.update(chunk);
    yield chunk;
  }
  // Thrown before the body ends, so the store never sees it whole.
  assertHash(hasher.digest(), digest);
}

function assertHash(hash: string, digest: BlobDigest): void {
  if (hash === digest.hash) return;
  throw new CacheError(
    'digest_mismatch',
    `expected ${digest.digestFunction} ${digest.hash}, got ${hash}`,
  );
}
