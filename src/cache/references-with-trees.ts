import { CacheError, type Sha256, sha256Of } from '../core/index.ts';
import type { Store, StoredEntry } from '../storage/index.ts';
import {
  actionResultReferences,
  actionResultTrees,
  referencesMax,
  treeReferences,
} from './action-result-references.ts';

/**
 * The blobs that an action result names, and those that the directory trees among them name: a
 * directory that a build did not download is gone as soon as one of its files is. Trees are read when
 * the result is stored, so that looking it up stays one index lookup. A tree that is not there yet,
 * or that is larger than `treeBytesMax`, counts for itself alone; so do all where they name too much.
 */
export function referencesWithTrees(
  result: Uint8Array,
  store: Store,
): readonly Sha256[] | Promise<readonly Sha256[]> {
  const direct = actionResultReferences(result);
  if (direct.length === 0) return direct;
  const trees = actionResultTrees(result);
  return trees.length === 0 ? direct : withTrees(direct, trees, store);
}

/** Largest sum of trees that are read for one result. */
export const treeBytesMax: number = 16 * 2 ** 20;

async function withTrees(
  direct: readonly Sha256[],
  trees: readonly Sha256[],
  store: Store,
): Promise<readonly Sha256[]> {
  const all = new Set(direct);
  let leftBytes = treeBytesMax;
  for (const hash of trees) {
    const found = await store.find({ space: 'cas', hash });
    if (found.kind === 'miss' || found.info.sizeBytes > leftBytes) continue;
    leftBytes -= found.info.sizeBytes;
    const bytes = await readWhole(found);
    // A damaged tree is found, and dropped, by whoever reads it.
    if (bytes === undefined || sha256Of(bytes) !== hash) continue;
    for (const file of treeReferences(bytes)) all.add(file);
    if (all.size > referencesMax) return direct;
  }
  return [...all];
}

async function readWhole(found: StoredEntry): Promise<Uint8Array | undefined> {
  if (found.bytes !== undefined) return found.bytes;
  try {
    const chunks: Uint8Array[] = [];
    const signal = AbortSignal.timeout(readTimeoutMs);
    for await (const chunk of await found.open({ signal })) chunks.push(chunk);
    return Buffer.concat(chunks);
  } catch (error) {
    if (error instanceof CacheError) return undefined;
    throw error;
  }
}

const readTimeoutMs = 10_000;
