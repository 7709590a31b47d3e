import { setImmediate as nextTurn } from 'node:timers/promises';
import { CacheError, type Digest } from '../core/index.ts';
import type { NamedBlobs } from '../storage/index.ts';
import {
  actionResultReferences,
  directoryReferences,
  treeReferences,
} from './action-result-references.ts';
import { DigestSet } from './digest-set.ts';

/** Reads a blob and compares it with its digest; undefined where it is not there. */
export type ReadBlob = (digest: Digest) => Promise<Uint8Array | undefined>;

/**
 * The blobs that an action result names, and those that its directories name in their turn, each as
 * a `Tree` or by its root `Directory`: a build that did not download a directory needs all of them.
 * They are found when the result is stored, so that looking it up reads no directory. Where one is
 * not there yet, the answer is incomplete and begins with that one, so that the next lookup need
 * not look further.
 * @throws {CacheError} `too_large` for a result that names more than is looked after.
 */
export function namedBlobs(result: Uint8Array, read: ReadBlob): NamedBlobs | Promise<NamedBlobs> {
  const { blobs, trees, directories } = actionResultReferences(result);
  assertCount(blobs.length);
  return trees.length === 0 && directories.length === 0
    ? { digests: blobs, isComplete: true }
    : new Expansion(blobs, read).run(trees, directories);
}

/** An action result that names more blobs than this, directories' files among them, is refused: it bounds the work of one lookup. */
export const referencesMax: number = 2 ** 17;

/** Largest sum of directories that are read for one result. */
export const directoryBytesMax: number = 64 * 2 ** 20;

class Expansion {
  readonly #all = new DigestSet();
  readonly #read: ReadBlob;
  #leftBytes = directoryBytesMax;
  #sinceTurn = 0;

  constructor(blobs: readonly Digest[], read: ReadBlob) {
    this.#read = read;
    this.#add(blobs);
  }

  async run(trees: readonly Digest[], directories: readonly Digest[]): Promise<NamedBlobs> {
    for (const tree of trees) {
      const bytes = await this.#readNext(tree);
      if (bytes === undefined) return this.#without(tree);
      this.#add(treeReferences(bytes));
    }
    const seen = new DigestSet();
    const waiting = directories.filter((digest) => seen.add(digest));
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const bytes = await this.#readNext(next);
      if (bytes === undefined) return this.#without(next);
      const named = directoryReferences(bytes);
      this.#add(named.files);
      this.#add(named.directories);
      waiting.push(...named.directories.filter((digest) => seen.add(digest)));
    }
    return { digests: this.#all.all(), isComplete: true };
  }

  async #readNext(digest: Digest): Promise<Uint8Array | undefined> {
    this.#leftBytes -= digest.sizeBytes;
    if (this.#leftBytes < 0) {
      throw new CacheError(
        'too_large',
        `the directories of an action result may have ${directoryBytesMax} bytes together, these have more`,
      );
    }
    this.#sinceTurn += readCostBytes + digest.sizeBytes;
    if (this.#sinceTurn > bytesPerTurn) {
      this.#sinceTurn = 0;
      await nextTurn();
    }
    return await this.#read(digest);
  }

  #add(digests: readonly Digest[]): void {
    for (const digest of digests) this.#all.add(digest);
    assertCount(this.#all.count);
  }

  #without(absent: Digest): NamedBlobs {
    const others = this.#all.all().filter(({ hash }) => hash !== absent.hash);
    return { digests: [absent, ...others], isComplete: false };
  }
}

/** Directories lie in the index mostly, where they are read without waiting. */
const bytesPerTurn = 2 ** 20;
/** What reading a directory costs besides its bytes, in bytes. */
const readCostBytes = 16 * 1024;

function assertCount(count: number): void {
  if (count <= referencesMax) return;
  throw new CacheError(
    'too_large',
    `an action result may name ${referencesMax} blobs, files of its directories included, this one names more`,
  );
}
