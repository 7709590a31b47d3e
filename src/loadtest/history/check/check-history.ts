import { checkKey } from './check-key.ts';
import { Evictions } from './evictions.ts';
import { Failovers } from './failovers.ts';
import type { History, Operation } from './operation.ts';
import { type Violation, type ViolationKind, violationKinds } from './violation.ts';

/** What contradicts the promises in a whole history. */
export interface HistoryCheck {
  /** All of them; those of one key follow one another. */
  readonly violations: readonly Violation[];
  readonly counts: Readonly<Record<ViolationKind, number>>;
  /** Misses after a write that an eviction explains. */
  readonly excusedMisses: number;
  /** Misses, and older values, that a failover explains. */
  readonly lostInFailover: number;
}

/**
 * Checks every key by itself: a history is right if it is right for each key (linearizability is
 * local; Herlihy and Wing, ACM TOPLAS 12, 1990).
 * @param losableMs what a failover may lose before it began. Default 0.
 */
export function checkHistory(
  history: Pick<History, 'keys' | 'operations' | 'evictions' | 'faults'>,
  { losableMs = 0 }: { readonly losableMs?: number } = {},
): HistoryCheck {
  const excuses = {
    evictions: new Evictions(history.evictions),
    failovers: new Failovers(history.faults, losableMs),
  };
  const violations: Violation[] = [];
  let [excusedMisses, lostInFailover] = [0, 0];
  for (const [key, operations] of byKey(history.operations)) {
    const check = checkKey(history.keys[key] ?? 'register', operations, excuses);
    violations.push(...check.violations);
    excusedMisses += check.excusedMisses;
    lostInFailover += check.lostInFailover;
  }
  const counts = Object.fromEntries(violationKinds.map((kind) => [kind, 0])) as Record<
    ViolationKind,
    number
  >;
  for (const { kind } of violations) counts[kind] += 1;
  return { violations, counts, excusedMisses, lostInFailover };
}

function byKey(operations: readonly Operation[]): Map<string, Operation[]> {
  const keys = new Map<string, Operation[]>();
  for (const operation of operations) {
    const same = keys.get(operation.key);
    if (same === undefined) keys.set(operation.key, [operation]);
    else same.push(operation);
  }
  return keys;
}
