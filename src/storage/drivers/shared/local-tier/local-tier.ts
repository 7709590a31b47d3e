import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Logger, messageOf } from '../../../../core/index.ts';
import { abortedError } from '../../../body.ts';
import type { KernelLock } from '../../../kernel-lock.ts';
import type { BlobKey, Store } from '../../../store.ts';
import { CallSlots } from '../engine/call-slots.ts';
import { TimeLimits } from '../engine/time-limits.ts';
import type { NearerBodies } from '../objects/nearer-bodies.ts';
import type { ObjectCalls } from '../objects/object-calls.ts';
import { readObject } from '../objects/object-reader.ts';
import type { ObjectBody } from '../objects/object-store.ts';
import type { ObjectPart, StoredObject } from '../objects/stored-object.ts';

/** What a {@link LocalTier} works with. */
export interface LocalTierOptions {
  /** Where bodies are kept, under their SHA-256. Other processes of this node use it, too. */
  readonly store: Store;
  /** A file of this node's processes: who fetches a body holds the byte that its SHA-256 names. */
  readonly fetching: KernelLock;
  readonly calls: ObjectCalls;
  /** Larger bodies are not kept. */
  readonly bodyBytesMax: number;
  /** How long a reader waits for a fetch, milliseconds. */
  readonly fetchWaitMs: number;
  readonly logger: Logger;
}

/**
 * Bodies of objects that this node has read lately, on its own disk. The index is asked first, so
 * nothing here is stale, and each chunk is compared with the checksum that the index has, so what is
 * lost or damaged here costs a request and nothing else. A body that is read whole is fetched once,
 * however many ask for it; who has waited for a while reads from the object store directly.
 */
export class LocalTier implements NearerBodies {
  readonly #options: LocalTierOptions;
  readonly #fetches = new Map<string, Promise<void>>();
  readonly #slots = new CallSlots(fetchesMax, waitingFetchesMax, 'the local tier');
  readonly #limits = new TimeLimits();
  readonly #end = new AbortController();
  #warnedAtMs = -Infinity;

  constructor(options: LocalTierOptions) {
    this.#options = options;
    // All fetches listen.
    setMaxListeners(0, this.#end.signal);
  }

  async prepare({ object, offsetBytes, lengthBytes, signal }: ObjectPart): Promise<void> {
    const isWhole = offsetBytes === 0 && lengthBytes >= object.sizeBytes;
    if (!isWhole || object.sizeBytes > this.#options.bodyBytesMax || this.#end.signal.aborted)
      return;
    if (!this.#fetches.has(object.sha256) && (await this.#has(object))) return;
    try {
      await this.#limits.keep(this.#fetchOnce(object), this.#options.fetchWaitMs, signal);
    } catch {
      // Whoever asked reads from the object store, and learns from it what is wrong.
      if (signal.aborted) throw abortedError(signal);
    }
  }

  async open(
    object: StoredObject,
    offsetBytes: number,
    endBytes: number,
    signal: AbortSignal,
  ): Promise<ObjectBody | undefined> {
    try {
      const found = await this.#options.store.find(keyOf(object));
      if (found.kind === 'miss') return undefined;
      const lengthBytes = endBytes - offsetBytes;
      const bytes = await found.open({ offsetBytes, lengthBytes, signal });
      const iterator = bytes[Symbol.asyncIterator]();
      return {
        bytes: { [Symbol.asyncIterator]: () => iterator },
        destroy: () => void iterator.return?.().catch(() => {}),
      };
    } catch (error) {
      if (signal.aborted) throw abortedError(signal);
      await this.forget(object, error);
      return undefined;
    }
  }

  async forget(object: StoredObject, error: unknown): Promise<void> {
    const { store } = this.#options;
    this.#warn(error, 'a body in the local tier could not be used, and is read from S3');
    try {
      const found = await store.find(keyOf(object));
      if (found.kind === 'hit') await store.dropDamaged(keyOf(object), found.info.generation);
    } catch (later) {
      this.#warn(later, 'a body could not be dropped from the local tier');
    }
  }

  async close(): Promise<void> {
    this.#end.abort();
    await Promise.allSettled(this.#fetches.values());
    await this.#options.store.close();
    this.#options.fetching.close();
  }

  async #has(object: StoredObject): Promise<boolean> {
    const [isMissing] = await this.#options.store.missing([keyOf(object)]);
    return isMissing === false;
  }

  #fetchOnce(object: StoredObject): Promise<void> {
    const underWay = this.#fetches.get(object.sha256);
    if (underWay !== undefined) return underWay;
    const fetched = this.#fetch(object).finally(() => this.#fetches.delete(object.sha256));
    this.#fetches.set(object.sha256, fetched);
    fetched.catch((error: unknown) => {
      if (!this.#end.signal.aborted) this.#warn(error, 'a body is not kept in the local tier');
    });
    return fetched;
  }

  async #fetch(object: StoredObject): Promise<void> {
    const { signal } = this.#end;
    if (!(await this.#slots.take(signal))) throw abortedError(signal);
    try {
      await this.#fetchAlone(object);
    } finally {
      this.#slots.give();
    }
  }

  /** Fetches a body unless another process of this node does, or has. */
  async #fetchAlone(object: StoredObject): Promise<void> {
    const { store, fetching, calls, fetchWaitMs } = this.#options;
    const { signal } = this.#end;
    const at = Number.parseInt(object.sha256.slice(0, 12), 16);
    for (let waitedMs = 0; !fetching.tryByte(at); waitedMs += pollMs) {
      // Nobody waits for this any more.
      if (waitedMs > fetchWaitMs) return;
      await sleep(pollMs, undefined, { signal });
    }
    try {
      if (await this.#has(object)) return;
      const part = { object, offsetBytes: 0, lengthBytes: object.sizeBytes, signal };
      const { sizeBytes } = object;
      await store.write(keyOf(object), readObject({ calls }, part), { sizeBytes, signal });
    } finally {
      fetching.unlockByte(at);
    }
  }

  #warn(error: unknown, message: string): void {
    const nowMs = performance.now();
    if (nowMs - this.#warnedAtMs < warnIntervalMs) return;
    this.#warnedAtMs = nowMs;
    this.#options.logger.warn({ error: messageOf(error) }, message);
  }
}

/** What an object holds has one name, whichever write it was made for: it is kept once. */
function keyOf({ sha256, sizeBytes }: StoredObject): BlobKey {
  return { space: 'cas', hash: sha256, sizeBytes };
}

/** Fetches under way in one process; each holds some 512 KiB. */
const fetchesMax = 16;
const waitingFetchesMax = 1_024;
const pollMs = 20;
const warnIntervalMs = 60_000;
