import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import {
  type Logger,
  messageOf,
  type StoreUsage,
  silentLogger,
  systemClock,
} from '../../../core/index.ts';
import { entryKeyBytes } from '../../entry-key-bytes.ts';
import { packReferences } from '../../packed-references.ts';
import {
  type EntryInfo,
  type EntryKey,
  type Generation,
  type Lookup,
  miss,
  type NamedBlobs,
  type PurgeSelection,
  type Store,
  type WriteOptions,
} from '../../store.ts';
import { referenceCostBytes } from './entry-cost.ts';
import { referenceFlags } from './entry-head.ts';
import { findEntry, findMissing } from './entry-lookup.ts';
import { EntryWriter } from './entry-writer.ts';
import type { LocalTier } from './local-tier/local-tier.ts';
import { NodeLife } from './node-life.ts';
import type { ObjectCalls } from './objects/object-calls.ts';
import {
  defaultGraceMs,
  defaultInlineBytesMax,
  defaultKeyPrefix,
  defaultUsedAtResolutionMs,
  type SharedStoreOptions,
} from './options.ts';
import { purgeEntries } from './purge.ts';
import type { RedisCalls } from './redis/redis-calls.ts';
import { RedisClock } from './redis/redis-clock.ts';
import { textOf } from './redis/redis-connection.ts';
import { dropScript } from './scripts/removals.ts';
import { setReferencesScript } from './scripts/writes.ts';
import { InlineEntry, ObjectEntry } from './shared-entry.ts';
import { SharedIndex } from './shared-index.ts';
import { TimedScripts } from './timed-scripts.ts';

/** What a {@link SharedStore} talks to. */
export interface Engines {
  readonly calls: RedisCalls;
  readonly objects: ObjectCalls | undefined;
  /** Where this node keeps bodies of objects that it has read. */
  readonly tier: LocalTier | undefined;
}

/** A store in Redis, and larger bodies in S3, shared by any number of nodes. */
export class SharedStore implements Store {
  readonly #engines: Engines;
  readonly #index: SharedIndex;
  readonly #scripts: TimedScripts;
  readonly #writer: EntryWriter;
  readonly #maxBytes: number;
  readonly #usedAtResolutionMs: number;
  readonly #logger: Logger;
  readonly #life: NodeLife;
  #closed: Promise<void> | undefined;

  constructor(engines: Engines, options: Omit<SharedStoreOptions, 'redis' | 's3' | 'localTier'>) {
    const { calls, objects } = engines;
    const { maxBytes, clock = systemClock, logger = silentLogger } = options;
    const usedAtResolutionMs = options.usedAtResolutionMs ?? defaultUsedAtResolutionMs;
    this.#engines = engines;
    this.#maxBytes = maxBytes;
    this.#usedAtResolutionMs = usedAtResolutionMs;
    this.#logger = logger;
    this.#index = new SharedIndex({
      calls,
      keyPrefix: options.keyPrefix ?? defaultKeyPrefix,
      clock,
      maxBytes,
      usedAtResolutionMs,
      areObjectsAway: () => objects?.isAway ?? true,
    });
    const redisClock = new RedisClock(calls);
    this.#scripts = new TimedScripts(this.#index, redisClock, calls.attemptTimeoutMs);
    const node = `${hostname()}:${process.pid}:${randomBytes(6).toString('hex')}`;
    const graceMs = options.graceMs ?? defaultGraceMs;
    this.#life = new NodeLife({ index: this.#index, calls, objects, graceMs, node, logger });
    this.#writer = new EntryWriter({
      scripts: this.#scripts,
      node,
      maxBytes,
      objects,
      abandonLater: (generation) => this.#life.abandonLater(generation),
      inlineBytesMax: options.inlineBytesMax ?? defaultInlineBytesMax,
    });
  }

  async find(key: EntryKey): Promise<Lookup> {
    const found = await findEntry(this.#index, key);
    if (found === undefined) return miss;
    if (!found.head.isObject) return new InlineEntry(found);
    const { objects: calls, tier: nearer } = this.#engines;
    return calls === undefined ? miss : new ObjectEntry(found, { calls, nearer });
  }

  write(
    key: EntryKey,
    body: Uint8Array | AsyncIterable<Uint8Array>,
    options: WriteOptions,
  ): Promise<EntryInfo> {
    return this.#writer.write(key, body, options);
  }

  missing(keys: readonly EntryKey[]): Promise<boolean[]> {
    return findMissing(this.#index, keys);
  }

  touch(keys: readonly EntryKey[]): void {
    this.missing(keys).catch((error: unknown) => {
      this.#logger.warn({ error: messageOf(error) }, 'uses could not be noted');
    });
  }

  async dropDamaged(key: EntryKey, generation: Generation): Promise<boolean> {
    const args = [entryKeyBytes(key), generationBytesOf(generation)];
    return (await this.#index.run(dropScript, args)) === 1;
  }

  async setReferences(key: EntryKey, generation: Generation, named: NamedBlobs): Promise<boolean> {
    const references = packReferences(named);
    const outcome = await this.#index.runInSteps(setReferencesScript, () => [
      entryKeyBytes(key),
      generationBytesOf(generation),
      references,
      String(referenceFlags({ hasAllReferences: named.isComplete })),
      String(referenceCostBytes),
    ]);
    return textOf(outcome) === 'ok';
  }

  purge(
    selection: PurgeSelection,
    { signal }: { readonly signal: AbortSignal },
  ): Promise<{ entries: number; sizeBytes: number }> {
    const usedAtResolutionMs = this.#usedAtResolutionMs;
    return purgeEntries(selection, { scripts: this.#scripts, usedAtResolutionMs, signal });
  }

  async usage(): Promise<StoreUsage> {
    const sums = await this.#index.sums();
    return {
      entries: sums.entries,
      sizeBytes: sums.costBytes,
      maxBytes: this.#maxBytes,
      evictedEntries: sums.evictedEntries,
      evictedBytes: sums.evictedBytes,
      damagedEntries: sums.damagedEntries,
      reservedBytes: sums.reservedBytes,
    };
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    await this.#writer.idle();
    await this.#life.end();
    await this.#engines.tier?.close();
    await this.#engines.calls.close();
    this.#engines.objects?.close();
  }
}

function generationBytesOf(generation: Generation): Buffer {
  return Buffer.from(String(generation), 'hex');
}
