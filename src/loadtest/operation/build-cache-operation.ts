import {
  type Artifact,
  type ArtifactClient,
  OperationFailure,
} from '../../protocols/shared/load-client.ts';
import type { ResolvedConfig } from '../config/config.ts';
import { type Counters, counterSlot } from '../metrics/counters.ts';
import type { PayloadPool } from '../workload/payload-pool.ts';
import { createRankDistribution, type RankDistribution } from '../workload/rank-distribution.ts';
import type { RunKeys } from '../workload/run-keys.ts';
import {
  createSizeQuantiles,
  quantileOf,
  type SizeQuantiles,
} from '../workload/size-distribution.ts';
import { type KeyedOperation, type KeyedResult, StoreBoundReached } from './keyed-operation.ts';
import type { OperationContext } from './operation.ts';
import { type Tries, withRetries } from './retries.ts';

/**
 * What a build does at a cache: it looks a step's artifact up; found, reads and verifies it; not
 * found, makes it and stores it. With the target hit rate's probability the key is one that the
 * warm-up stored, otherwise one that was never used before. What was a hit is the server's word.
 */
export class BuildCacheOperation implements KeyedOperation {
  readonly name = 'build-cache';
  readonly #options: BuildCacheOptions;
  readonly #quantiles: SizeQuantiles;
  #available: Uint32Array = new Uint32Array(0);
  #ranks: RankDistribution | undefined;
  /** Artifacts of the most popular ranks, made at their first use. */
  readonly #known: (Artifact | undefined)[] = [];
  #newKeys = 0;

  constructor(options: BuildCacheOptions) {
    this.#options = options;
    this.#quantiles = createSizeQuantiles(options.config.sizes);
  }

  /** How many new keys this worker has named so far. */
  get newKeys(): number {
    return this.#newKeys;
  }

  /** Draws from now on among the keys whose store the warm-up saw acknowledged. */
  useStoredKeys(): void {
    const { keyVersions, config } = this.#options;
    this.#available = Uint32Array.from(
      [...keyVersions.keys()].filter((rank) => keyVersions[rank]! % 2 === 1),
    );
    this.#ranks =
      this.#available.length === 0
        ? undefined
        : createRankDistribution(config.keys, this.#available.length);
  }

  // Hands on the operation's own promise: a second one around it would cost turns of the queue.
  execute(context: OperationContext): Promise<KeyedResult> {
    const { config, keyVersions } = this.#options;
    if (this.#ranks === undefined || context.random() >= config.cacheHitRatioTarget) {
      return this.#operate(context, this.#newArtifact(), -1, 0);
    }
    const rank = this.#available[this.#ranks.draw(() => context.random())]!;
    return this.#operate(context, this.workingSetArtifact(rank), rank, keyVersions[rank]!);
  }

  workingSetArtifact(rank: number): Artifact {
    const { keys, pool, sizes } = this.#options;
    const known = this.#known[rank];
    if (known !== undefined) return known;
    const artifact = pool.artifact(keys.workingSetKey(rank), sizes[rank]!);
    if (rank < knownMax) this.#known[rank] = artifact;
    return artifact;
  }

  /** The n-th new key of this worker, again. */
  newArtifactAt(index: number): Artifact {
    const { keys, pool, worker, workers } = this.#options;
    const number = index * workers + worker;
    return pool.artifact(keys.newKey(number), this.#quantiles.at(quantileOf(number)));
  }

  async #operate(
    context: OperationContext,
    artifact: Artifact,
    rank: number,
    version: number,
  ): Promise<KeyedResult> {
    const { client, config } = this.#options;
    const { http } = context;
    const { sizeBytes } = artifact.payload;
    const tries: Tries = { left: config.retries };
    let lookup: 'hit' | 'miss' | undefined;
    let excludedMs = 0;
    try {
      lookup = await withRetries(tries, () => client.lookup(http, artifact));
      const retries = config.retries - tries.left;
      if (lookup === 'hit') {
        return { success: true, lookup, readBytes: sizeBytes, retries, sizeBytes };
      }
      const suspect = this.#foundMissing(rank, version);
      if (client.storesByDigest) {
        const from = performance.now();
        artifact.payload.sha256();
        excludedMs = performance.now() - from;
      }
      if (config.buildTimeMs > 0) {
        await context.pause(config.buildTimeMs);
        // Cut short: the operation was given up, and nothing is stored behind the clean-up's back.
        if (context.signal.aborted) throw new OperationFailure('timeout', 'the run is over');
      }
      await withRetries(tries, () => client.store(http, artifact));
      this.#stored(rank);
      return {
        success: true,
        lookup,
        writtenBytes: sizeBytes,
        retries: config.retries - tries.left,
        excludedMs,
        suspect,
        sizeBytes,
        stored: artifact,
      };
    } catch (error) {
      if (!(error instanceof OperationFailure)) throw error;
      // Wrong bytes are an answer all the same: the server said that it has the artifact.
      if (error.kind === 'integrity') lookup ??= 'hit';
      return {
        success: false,
        lookup,
        failure: error.kind,
        message: error.message,
        sizeBytes,
        retries: config.retries - tries.left,
        excludedMs,
      };
    }
  }

  #newArtifact(): Artifact {
    const { counters, config, storedBytes } = this.#options;
    const artifact = this.newArtifactAt(this.#newKeys);
    if (storedBytes() + artifact.payload.sizeBytes > config.maxStoredBytes)
      throw new StoreBoundReached();
    this.#newKeys += 1;
    counters[counterSlot.reservedBytes]! += artifact.payload.sizeBytes;
    return artifact;
  }

  /** Whether a miss of a working set's key is the first sign that its acknowledged write is gone. */
  #foundMissing(rank: number, version: number): boolean {
    if (rank < 0 || version % 2 === 0) return false;
    // Another client may have found it missing, or stored it again, since this lookup was sent.
    return (
      Atomics.compareExchange(this.#options.keyVersions, rank, version, version + 1) === version
    );
  }

  #stored(rank: number): void {
    const { counters, keyVersions } = this.#options;
    counters[counterSlot.acknowledged]! += 1;
    if (rank < 0) return;
    const version = keyVersions[rank]!;
    if (version % 2 === 0) Atomics.compareExchange(keyVersions, rank, version, version + 1);
  }
}

export interface BuildCacheOptions {
  readonly config: ResolvedConfig;
  readonly client: ArtifactClient;
  readonly keys: RunKeys;
  readonly pool: PayloadPool;
  /** Keys of the working set, by rank. */
  readonly sizes: Float64Array;
  readonly keyVersions: Uint32Array<ArrayBufferLike>;
  readonly counters: Counters;
  readonly worker: number;
  readonly workers: number;
  /** What the run may have left on the target so far, over all workers. */
  readonly storedBytes: () => number;
}

const knownMax = 65_536;
