import { type FailureKind, failureKinds } from '../../protocols/shared/load-client.ts';
import type { OperationCounts } from '../measurement.ts';

/**
 * A worker's running counts, in one Float64Array on shared memory: the worker alone writes, the
 * coordinator reads whenever it likes, and a window's counts are the difference of two copies.
 */
export type Counters = Float64Array<ArrayBufferLike>;

/** The position of each count. */
export const counterSlot = {
  total: 0,
  successful: 1,
  failed: 2,
  hits: 3,
  misses: 4,
  readBytes: 5,
  writtenBytes: 6,
  retries: 7,
  /** Acknowledged writes of the measured run. */
  acknowledged: 8,
  reread: 9,
  /** Artifacts stored by the warm-up, its failed ones, and their bytes. */
  warmupStored: 10,
  warmupFailed: 11,
  warmupBytes: 12,
  /** Bytes that all stores of new keys may have left on the target, reserved before they are sent. */
  reservedBytes: 13,
  /** Operations under way now (not a sum). */
  inFlight: 14,
  /** Open loop: operations that were due. */
  scheduled: 15,
  removed: 16,
  removeFailed: 17,
  /** Connections that were opened, and in use at once at the most (per worker; not sums). */
  connections: 18,
  busyMost: 19,
  /** Time in which operations waited because all connections were busy, ms. */
  allBusyMs: 20,
  /** The same times the connections that were busy in it, and the operations that ended in it. */
  allBusyConnectionMs: 21,
  allBusyEnded: 22,
  /** Requests sent again because their kept connection had been closed. */
  stale: 23,
  /** Pauses of clients that got no connection, and their length, ms. */
  backOffs: 24,
  backOffMs: 25,
  /** Successful operations that ended while all clients were sending. */
  sendingSuccessful: 26,
  firstFailure: 27,
} as const;

/** Slots of the run's failures follow one another from here; the warm-up's come after them. */
export const failureSlot: Readonly<Record<FailureKind, number>> = slotsFrom(
  counterSlot.firstFailure,
);
export const warmupFailureSlot: Readonly<Record<FailureKind, number>> = slotsFrom(
  counterSlot.firstFailure + failureKinds.length,
);
export const counterSlots: number = counterSlot.firstFailure + 2 * failureKinds.length;

function slotsFrom(first: number): Record<FailureKind, number> {
  return Object.fromEntries(failureKinds.map((kind, index) => [kind, first + index])) as Record<
    FailureKind,
    number
  >;
}

/** Names the slots of a run's counts. */
export function operationCounts(counters: ArrayLike<number>): OperationCounts {
  const at = (slot: number): number => counters[slot] ?? 0;
  return {
    total: at(counterSlot.total),
    successful: at(counterSlot.successful),
    failed: at(counterSlot.failed),
    hits: at(counterSlot.hits),
    misses: at(counterSlot.misses),
    readBytes: at(counterSlot.readBytes),
    writtenBytes: at(counterSlot.writtenBytes),
    retries: at(counterSlot.retries),
    failures: failuresAt(counters, failureSlot),
  };
}

/** Names the slots of the failures, of the run's or of the warm-up's. */
export function failuresAt(
  counters: ArrayLike<number>,
  slots: Readonly<Record<FailureKind, number>>,
): Record<FailureKind, number> {
  return Object.fromEntries(
    failureKinds.map((kind) => [kind, counters[slots[kind]] ?? 0]),
  ) as Record<FailureKind, number>;
}
