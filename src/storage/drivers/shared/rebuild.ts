import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import {
  CacheError,
  messageOf,
  type Sha256,
  Sha256Stream,
  systemClock,
} from '../../../core/index.ts';
import { ChunkChecksums } from '../../chunk-checksums.ts';
import { blobKeyBytesOf, isBlobKey } from '../../entry-key-bytes.ts';
import type { RebuildOptions, RebuiltIndex } from '../../store-driver.ts';
import { EntryCommits } from './entry-commits.ts';
import { makeEntry } from './make-entry.ts';
import { NodeLife } from './node-life.ts';
import type { ObjectCalls } from './objects/object-calls.ts';
import type { SharedStoreOptions } from './options.ts';
import { defaultGraceMs, defaultKeyPrefix, defaultUsedAtResolutionMs } from './options.ts';
import type { RedisCalls } from './redis/redis-calls.ts';
import { RedisClock } from './redis/redis-clock.ts';
import { SharedIndex } from './shared-index.ts';
import { deleteObjects, type StrayObject, strayObjects } from './stray-objects.ts';
import { TimedScripts } from './timed-scripts.ts';

/** What a rebuild talks to. */
export interface RebuildEngines {
  readonly calls: RedisCalls;
  readonly objects: ObjectCalls;
}

/**
 * Makes entries of the objects in the bucket that nobody knows, such as all are after Redis was lost:
 * each is read and proven, since the checksums of its parts were lost with the index. Of several
 * objects of one key the one that was stored last stays. Servers may run meanwhile; what they have
 * written since is newer and stays.
 * @throws {CacheError} `unavailable`, `aborted`; a second rebuild goes on where this one ended.
 */
export async function rebuildIndex(
  { calls, objects }: RebuildEngines,
  store: Pick<SharedStoreOptions, 'maxBytes' | 'keyPrefix' | 'graceMs' | 'clock'>,
  options: RebuildOptions,
): Promise<RebuiltIndex> {
  const { signal, logger, onProgress } = options;
  const { maxBytes } = store;
  // Many requests at once listen.
  setMaxListeners(0, signal);
  const index = new SharedIndex({
    calls,
    keyPrefix: store.keyPrefix ?? defaultKeyPrefix,
    clock: store.clock ?? systemClock,
    maxBytes,
    usedAtResolutionMs: defaultUsedAtResolutionMs,
    areObjectsAway: () => objects.isAway,
  });
  const scripts = new TimedScripts(index, new RedisClock(calls), calls.attemptTimeoutMs);
  const node = `rebuild:${randomUUID()}`;
  const graceMs = store.graceMs ?? defaultGraceMs;
  const life = new NodeLife({ index, calls, objects: undefined, graceMs, node, logger });
  const commits = new EntryCommits({ scripts, node, maxBytes });
  const rebuilt = { entries: 0, sizeBytes: 0, deletedObjects: 0, leftObjects: 0 };
  try {
    for await (const stray of strayObjects({ index, objects, olderThanMs: 0, atOnce, signal })) {
      const outcomes = options.isEmpty
        ? stray.map(() => 'useless' as const)
        : await Promise.all(stray.map((object) => adopt(object, { objects, commits, ...options })));
      const useless = stray.filter((_, at) => outcomes[at] === 'useless');
      await deleteObjects(objects, useless, signal);
      rebuilt.deletedObjects += useless.length;
      for (const [at, { sizeBytes }] of stray.entries()) {
        if (outcomes[at] === 'left') rebuilt.leftObjects += 1;
        if (outcomes[at] !== 'adopted') continue;
        rebuilt.entries += 1;
        rebuilt.sizeBytes += sizeBytes;
      }
      onProgress({ ...rebuilt });
    }
    return rebuilt;
  } finally {
    await life.end();
  }
}

interface Adoption extends RebuildOptions {
  readonly objects: ObjectCalls;
  readonly commits: EntryCommits;
}

/** Makes an object its entry's again; one that another has replaced, or that is damaged, is of no use. */
async function adopt(
  object: StrayObject,
  { objects, commits, signal, logger }: Adoption,
): Promise<'adopted' | 'useless' | 'left'> {
  const { name, sizeBytes, storedAtMs, origin } = object;
  try {
    const { sha256, checksums } = await readThrough(objects, object, signal);
    if (!isMeant(object, sha256)) return 'useless';
    const { entry } = makeEntry({
      isObject: true,
      // What it names is found by the first lookup, as for a result that came before its directories.
      hasAllReferences: !origin.namesBlobs,
      references: 0,
      sizeBytes,
      storedAtMs,
      generation: name,
      sha256,
      keyBytes: origin.key,
      storedBy: none,
      kept: checksums,
    });
    await commits.make(origin.key, name, {
      entry,
      references: none,
      onlyIf: 'older',
      hasIntent: false,
    });
    return 'adopted';
  } catch (error) {
    if (!(error instanceof CacheError)) throw error;
    if (error.code === 'exists') return 'useless';
    if (error.code !== 'damaged' && error.code !== 'store_full') throw error;
    logger.warn({ object: name, error: messageOf(error) }, 'an object is left without an entry');
    return 'left';
  }
}

/** Whether an object holds what its key, and whoever stored it, say. */
function isMeant({ sizeBytes, origin }: StrayObject, sha256: Sha256): boolean {
  if (origin.sha256 !== undefined && origin.sha256 !== sha256) return false;
  if (origin.sizeBytes !== undefined && origin.sizeBytes !== sizeBytes) return false;
  return !isBlobKey(origin.key) || blobKeyBytesOf(Buffer.from(sha256, 'hex')).equals(origin.key);
}

/** Reads an object to its end. Where the transfer breaks off it goes on at the next byte. */
async function readThrough(
  objects: ObjectCalls,
  { name, sizeBytes }: StrayObject,
  signal: AbortSignal,
): Promise<{ readonly sha256: Sha256; readonly checksums: Uint8Array }> {
  const hash = new Sha256Stream();
  const checksums = new ChunkChecksums();
  for (let failures = 0; hash.sizeBytes < sizeBytes; ) {
    const start = hash.sizeBytes;
    const body = await objects.run(
      (store, stop) => store.get(name, start, sizeBytes, stop),
      signal,
    );
    try {
      const source = body.bytes[Symbol.asyncIterator]();
      while (hash.sizeBytes < sizeBytes) {
        const next = await objects.more(source.next(), signal);
        if (next.done === true) throw new Error('the body ended early');
        const piece = next.value.subarray(0, sizeBytes - hash.sizeBytes);
        hash.update(piece);
        checksums.update(piece);
        failures = 0;
      }
    } catch (error) {
      failures += 1;
      await objects.waitToReadOn(error, failures, signal);
    } finally {
      body.destroy();
    }
  }
  return { sha256: hash.digest(), checksums: checksums.finish() };
}

const none = Buffer.alloc(0);
/** Objects that are read side by side. */
const atOnce = 16;
