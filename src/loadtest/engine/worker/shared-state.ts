import { type Counters, counterSlots } from '../../metrics/counters.ts';
import { createSendingMemory } from '../../metrics/sending-time.ts';
import { createSilenceMemory } from '../../metrics/silence.ts';
import { createPoolMemory } from '../../workload/payload-pool.ts';

/** Memory that all threads of a run see. */
export interface SharedState {
  /** The artifacts' bytes: see PayloadPool. */
  readonly pool: SharedArrayBuffer;
  /** One row of counters per worker: see Counters. */
  readonly counters: SharedArrayBuffer;
  /** See SendingTime. */
  readonly sending: SharedArrayBuffer;
  /** See SilenceWatch. */
  readonly silence: SharedArrayBuffer;
  /**
   * A version for each key of the working set. Odd: its last store was acknowledged and nothing
   * was found missing since. Even: never stored, or found missing and not stored again yet.
   */
  readonly keyVersions: SharedArrayBuffer;
}

export function createSharedState(options: {
  readonly seed: number;
  readonly compressible: number;
  readonly workers: number;
  readonly keys: number;
}): SharedState {
  return {
    pool: createPoolMemory(options.seed, options.compressible),
    counters: new SharedArrayBuffer(
      options.workers * counterSlots * Float64Array.BYTES_PER_ELEMENT,
    ),
    sending: createSendingMemory(),
    silence: createSilenceMemory(),
    keyVersions: new SharedArrayBuffer(Math.max(1, options.keys) * Uint32Array.BYTES_PER_ELEMENT),
  };
}

/** One worker's row. */
export function countersOf(shared: SharedState, worker: number): Counters {
  const rowBytes = counterSlots * Float64Array.BYTES_PER_ELEMENT;
  return new Float64Array(shared.counters, worker * rowBytes, counterSlots);
}

/** The sum of a slot over all workers. */
export function sumOf(shared: SharedState, slot: number): number {
  const all = new Float64Array(shared.counters);
  let sum = 0;
  for (let at = slot; at < all.length; at += counterSlots) sum += all[at]!;
  return sum;
}

/** All slots, summed over all workers. */
export function sumsOf(shared: SharedState): Float64Array<ArrayBuffer> {
  const all = new Float64Array(shared.counters);
  const sums = new Float64Array(counterSlots);
  for (let at = 0; at < all.length; at += 1) sums[at % counterSlots]! += all[at]!;
  return sums;
}
