import type { Operation, ReadOperation, WriteOperation } from './operation.ts';

/**
 * A write and the reads of its value. Its zone lies between the moment at which the value was first
 * certain to have been there and the last moment at which somebody could still begin to see it
 * (Gibbons and Korach, 'Testing shared memories', SIAM J. Comput. 26, 1997, section 4).
 */
export interface ValueCluster {
  /** Undefined for an eviction that a miss shows. */
  readonly write: WriteOperation | undefined;
  readonly operations: readonly Operation[];
  /** The operation that ended first. A write without an answer has no end. */
  readonly first: Operation;
  /** The operation that began last. */
  readonly last: Operation;
}

/** Groups what was read by the write that it is of. */
export function valueClusters(
  writes: readonly WriteOperation[],
  readsOf: ReadonlyMap<WriteOperation, readonly ReadOperation[]>,
): ValueCluster[] {
  return writes.flatMap((write) => {
    const reads = readsOf.get(write) ?? [];
    // A write without an answer that nobody saw may never have taken effect.
    const counts = write.outcome === 'ok' || reads.length > 0;
    return counts ? [cluster(write, [write, ...reads])] : [];
  });
}

/** The zone of an eviction that one miss shows: it happened before the miss ended. */
export function evictionCluster(miss: ReadOperation): ValueCluster {
  return cluster(undefined, [miss]);
}

function cluster(
  write: WriteOperation | undefined,
  operations: readonly Operation[],
): ValueCluster {
  let [first, last] = [operations[0]!, operations[0]!];
  for (const operation of operations) {
    if (endOf(operation) < endOf(first)) first = operation;
    if (operation.invokedMs > last.invokedMs) last = operation;
  }
  return { write, operations, first, last };
}

/** When an operation had taken effect at the latest; Infinity where nobody knows. */
export function endOf(operation: Operation): number {
  return operation.outcome === 'unknown' ? Number.POSITIVE_INFINITY : operation.endedMs;
}

/** When a value was certain to have been there. */
export function firstEndOf({ first }: ValueCluster): number {
  return endOf(first);
}

/** The start of the operation of a value that began last. */
export function lastStartOf({ last }: ValueCluster): number {
  return last.invokedMs;
}

/** Whether a value has to be there without a break from the zone's start to its end. */
export function isForward(value: ValueCluster): boolean {
  return firstEndOf(value) < lastStartOf(value);
}
