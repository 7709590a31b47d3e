import type { Operation } from './operation.ts';

/** The ways in which a history contradicts what a cache promises. */
export const violationKinds = [
  /** Bytes that are not those of one value of the key. */
  'wrong bytes',
  /** A value that no client wrote. */
  'unwritten value',
  /** The value of a write that was refused. */
  'refused write',
  /** A value that was read before its write was sent. */
  'future read',
  /** A miss after an acknowledged write, or after a read of a value, without an eviction. */
  'lost write',
  /** A value that was read after a later one had been acknowledged. */
  'stale read',
  /** A value that was read after another read had brought a later one. */
  'inversion',
  /** A value that was read after the key had been found evicted, without being written again. */
  'returned value',
] as const;

export type ViolationKind = (typeof violationKinds)[number];

/** A contradiction, with the operations that prove it. */
export interface Violation {
  readonly kind: ViolationKind;
  readonly key: string;
  /** In the order in which they were sent. */
  readonly proof: readonly Operation[];
  /** How many misses follow the same loss, or how many later values the same one contradicts. */
  readonly times: number;
}

/** Puts the proof in order. An operation that proves two things is shown once. */
export function violation(
  kind: ViolationKind,
  proof: readonly (Operation | undefined)[],
  times = 1,
): Violation {
  const operations = [...new Set(proof)]
    .filter((operation) => operation !== undefined)
    .sort((a, b) => a.invokedMs - b.invokedMs || a.endedMs - b.endedMs);
  return { kind, key: operations[0]!.key, proof: operations, times };
}
