import {
  type Artifact,
  type ArtifactClient,
  OperationFailure,
} from '../../protocols/shared/load-client.ts';
import { type Counters, counterSlot } from '../metrics/counters.ts';
import type { BuildCacheOptions } from '../operation/build-cache-operation.ts';
import type { KeyedOperation, KeyedResult } from '../operation/keyed-operation.ts';
import type { OperationContext } from '../operation/operation.ts';
import { type Tries, withRetries } from '../operation/retries.ts';
import { KeyTurns } from './key-turns.ts';
import type { ReplayPlan } from './replay-plan.ts';
import { decodeStep, type ReplayKey, type ReplayStep, slotOf } from './replay-step.ts';

/**
 * Does what a trace says, one step an operation. Steps on one key keep the trace's order where one
 * of them changes its entry. What was a hit is the server's word; a miss of what this run stored,
 * and did not remove, is a lost write.
 */
export class ReplayOperation implements KeyedOperation {
  readonly name = 'replay';
  readonly #options: ReplayOperationOptions;
  readonly #client: ArtifactClient;
  readonly #counters: Counters;
  readonly #turns = new KeyTurns();
  /** 1 while an acknowledged write exists and was not found missing. */
  readonly #stored: Readonly<Record<ReplayKey['kind'], Uint8Array>>;
  /** New keys that were sent, and whether a key is among them. */
  readonly #written: number[] = [];
  readonly #reserved: Uint8Array;
  readonly #rereads: boolean;

  constructor(options: ReplayOperationOptions) {
    const { plan } = options;
    this.#options = options;
    this.#client = options.client;
    this.#counters = options.counters;
    this.#stored = {
      warm: new Uint8Array(plan.warmSizes.length),
      new: new Uint8Array(plan.newSizes.length),
    };
    this.#reserved = new Uint8Array(plan.newSizes.length);
    // A reread comes later: by then the trace may have removed the entry.
    this.#rereads = plan.figures.operations.delete === 0;
  }

  get newKeys(): number {
    return this.#written.length;
  }

  useStoredKeys(): void {
    for (const [rank, version] of this.#options.keyVersions.entries()) {
      if (version % 2 === 1) this.#stored.warm[rank] = 1;
    }
  }

  workingSetArtifact(rank: number): Artifact {
    return this.#artifact({ kind: 'warm', number: rank });
  }

  newArtifactAt(index: number): Artifact {
    return this.#artifact({ kind: 'new', number: this.#written[index]! });
  }

  execute(context: ReplayContext): Promise<KeyedResult> {
    const step = decodeStep(context.step);
    const changes = step.operation === 'write' || step.operation === 'delete';
    return this.#turns.run(
      slotOf(context.step),
      changes,
      (waitedMs) => this.#operate(context, step, waitedMs),
      () => context.release(),
    );
  }

  async #operate(
    { http }: ReplayContext,
    step: ReplayStep,
    waitedMs: number,
  ): Promise<KeyedResult> {
    const artifact = this.#artifact(step);
    const retries = this.#options.config.retries;
    const tries: Tries = { left: retries };
    let excludedMs = waitedMs;
    try {
      switch (step.operation) {
        case 'read':
        case 'exists':
          return {
            ...(await this.#lookUp(http, step, artifact, tries)),
            retries: retries - tries.left,
            excludedMs,
            sizeBytes: artifact.payload.sizeBytes,
          };
        case 'write':
          if (this.#client.storesByDigest) excludedMs += timeOf(() => artifact.payload.sha256());
          this.#reserve(step, artifact);
          await withRetries(tries, () => this.#client.store(http, artifact));
          this.#stored[step.kind][step.number] = 1;
          this.#counters[counterSlot.acknowledged]! += 1;
          return {
            success: true,
            lookup: undefined,
            writtenBytes: artifact.payload.sizeBytes,
            retries: retries - tries.left,
            excludedMs,
            sizeBytes: artifact.payload.sizeBytes,
            ...(this.#rereads ? { stored: artifact } : {}),
          };
        case 'delete':
          this.#stored[step.kind][step.number] = 0;
          await withRetries(tries, () => this.#client.remove!(http, artifact));
          return { success: true, lookup: undefined, retries: retries - tries.left, excludedMs };
      }
    } catch (error) {
      if (!(error instanceof OperationFailure)) throw error;
      return {
        success: false,
        // Wrong bytes are an answer all the same: the server said that it has the artifact.
        lookup: error.kind === 'integrity' ? 'hit' : undefined,
        failure: error.kind,
        message: error.message,
        retries: retries - tries.left,
        excludedMs,
        sizeBytes: artifact.payload.sizeBytes,
      };
    }
  }

  async #lookUp(
    http: OperationContext['http'],
    { operation, kind, number }: ReplayStep,
    artifact: Artifact,
    tries: Tries,
  ): Promise<KeyedResult> {
    const asks = operation === 'exists' && this.#client.exists !== undefined;
    const lookup = await withRetries(tries, () =>
      asks ? this.#client.exists!(http, artifact) : this.#client.lookup(http, artifact),
    );
    if (lookup === 'hit') {
      return { success: true, lookup, readBytes: asks ? 0 : artifact.payload.sizeBytes };
    }
    const suspect = this.#stored[kind][number] === 1;
    this.#stored[kind][number] = 0;
    return { success: true, lookup, suspect };
  }

  /** Notes, before it is sent, what a store may leave on the target. */
  #reserve({ kind, number }: ReplayKey, { payload }: Artifact): void {
    if (kind === 'warm' || this.#reserved[number] === 1) return;
    this.#reserved[number] = 1;
    this.#written.push(number);
    this.#counters[counterSlot.reservedBytes]! += payload.sizeBytes;
  }

  #artifact({ kind, number }: ReplayKey): Artifact {
    const { keys, plan, pool } = this.#options;
    return kind === 'warm'
      ? pool.artifact(keys.workingSetKey(number), plan.warmSizes[number]!)
      : pool.artifact(keys.newKey(number), plan.newSizes[number]!);
  }
}

/** What the open loop says besides. */
export interface ReplayContext extends OperationContext {
  /** The step, encoded. */
  readonly step: number;
  /** Gives the connection back until the next exchange. */
  release(): void;
}

export interface ReplayOperationOptions
  extends Pick<
    BuildCacheOptions,
    'config' | 'client' | 'keys' | 'pool' | 'keyVersions' | 'counters'
  > {
  readonly plan: ReplayPlan;
}

function timeOf(work: () => unknown): number {
  const fromMs = performance.now();
  work();
  return performance.now() - fromMs;
}
