import { checkMisses } from './check-misses.ts';
import type { Evictions } from './evictions.ts';
import type { Failovers } from './failovers.ts';
import type { KeyKind, Operation, ReadOperation, WriteOperation } from './operation.ts';
import { endOf, evictionCluster, type ValueCluster, valueClusters } from './value-cluster.ts';
import { type Violation, violation } from './violation.ts';
import { type ZoneConflict, zoneConflicts } from './zone-conflicts.ts';

/** What contradicts the promises for one key, and what their wording excuses. */
export interface KeyCheck {
  readonly violations: readonly Violation[];
  readonly excusedMisses: number;
  /** Misses and older values that a failover explains. */
  readonly lostInFailover: number;
}

/** What the wording of the promises leaves open. */
export interface Excuses {
  readonly evictions: Evictions;
  readonly failovers: Failovers;
}

/**
 * Checks the operations of one key. Exact for a register of which each value is written once: a
 * history in which it finds nothing has an order that explains it, and each violation it finds has
 * none. Absence is the first value, and what follows an eviction.
 */
export function checkKey(
  kind: KeyKind,
  operations: readonly Operation[],
  excuses: Excuses,
): KeyCheck {
  const sorted = sortReads(operations);
  const values =
    kind === 'register'
      ? valueClusters(sorted.writes, sorted.readsOf)
      : contentCluster(sorted.writes, sorted.readsOf);
  const misses = checkMisses(sorted.misses, values, excuses);
  const violations = [...sorted.violations, ...misses.violations];
  let lostInFailover = misses.lostInFailover.length;
  // Content has one value: there is no order of values that could be wrong.
  if (kind === 'register') {
    const zones = [...values, ...misses.excused.map(evictionCluster)];
    const { conflicts, lost } = conflictsBeyond(zones, excuses.failovers);
    violations.push(...conflictViolations(conflicts));
    lostInFailover += lost;
  }
  return { violations, excusedMisses: misses.excused.length, lostInFailover };
}

interface SortedReads {
  readonly writes: readonly WriteOperation[];
  readonly readsOf: ReadonlyMap<WriteOperation, readonly ReadOperation[]>;
  readonly misses: readonly ReadOperation[];
  /** Reads that are wrong whatever else happened. */
  readonly violations: readonly Violation[];
}

function sortReads(operations: readonly Operation[]): SortedReads {
  const writes = operations.filter((operation) => operation.kind === 'write');
  const writeOf = new Map<string, WriteOperation>();
  for (const write of writes) {
    // Several clients write the same content: the first that may have taken effect counts.
    const known = writeOf.get(write.value);
    if (known === undefined || isEarlier(write, known)) writeOf.set(write.value, write);
  }
  const readsOf = new Map<WriteOperation, ReadOperation[]>();
  const misses: ReadOperation[] = [];
  const violations: Violation[] = [];
  for (const read of operations) {
    if (read.kind === 'write' || read.outcome === 'failed') continue;
    if (read.outcome === 'miss') misses.push(read);
    else if (read.outcome === 'corrupt') violations.push(violation('wrong bytes', [read]));
    else {
      const write = writeOf.get(read.value);
      const wrong = wrongWhatever(read, write);
      if (wrong !== undefined) violations.push(wrong);
      else {
        const reads = readsOf.get(write!);
        if (reads === undefined) readsOf.set(write!, [read]);
        else reads.push(read);
      }
    }
  }
  return { writes, readsOf, misses, violations };
}

function isEarlier(write: WriteOperation, known: WriteOperation): boolean {
  if ((known.outcome === 'failed') !== (write.outcome === 'failed')) {
    return known.outcome === 'failed';
  }
  return write.invokedMs < known.invokedMs;
}

function wrongWhatever(
  read: ReadOperation,
  write: WriteOperation | undefined,
): Violation | undefined {
  if (write === undefined) return violation('unwritten value', [read]);
  if (write.outcome === 'failed') return violation('refused write', [write, read]);
  if (read.endedMs < write.invokedMs) return violation('future read', [read, write]);
  return undefined;
}

/** All writes and reads of content, as those of one value. */
function contentCluster(
  writes: readonly WriteOperation[],
  readsOf: ReadonlyMap<WriteOperation, readonly ReadOperation[]>,
): ValueCluster[] {
  return writes.flatMap((write) => valueClusters([write], readsOf));
}

/** Conflicts that no failover explains. A value that one may have lost is left out, and the rest looked at again. */
function conflictsBeyond(
  zones: readonly ValueCluster[],
  failovers: Failovers,
): { readonly conflicts: readonly ZoneConflict[]; readonly lost: number } {
  const conflicts = zoneConflicts(zones);
  const lost = new Set(conflicts.flatMap((conflict) => failovers.lostIn(conflict) ?? []));
  if (lost.size === 0) return { conflicts, lost: 0 };
  return { conflicts: zoneConflicts(zones.filter((zone) => !lost.has(zone))), lost: lost.size };
}

/** One violation for each value that came back, however many others it contradicts. */
function conflictViolations(conflicts: readonly ZoneConflict[]): Violation[] {
  const ofValue = new Map<ValueCluster, ZoneConflict[]>();
  for (const conflict of conflicts) {
    const same = ofValue.get(conflict.held);
    if (same === undefined) ofValue.set(conflict.held, [conflict]);
    else same.push(conflict);
  }
  return [...ofValue.values()].map(([conflict, ...more]) => describe(conflict!, more.length + 1));
}

function describe({ held, other }: ZoneConflict, values: number): Violation {
  // Whichever was there first is the one that must not come back.
  const [early, late] = endOf(held.first) <= endOf(other.first) ? [held, other] : [other, held];
  const proof = [early.write, early.first, late.write, late.first, late.last, early.last];
  if (late.write === undefined) return violation('returned value', proof, values);
  return violation(late.first === late.write ? 'stale read' : 'inversion', proof, values);
}
