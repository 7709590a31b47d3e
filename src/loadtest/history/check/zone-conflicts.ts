import { firstEndOf, isForward, lastStartOf, type ValueCluster } from './value-cluster.ts';

/** Two values of one key that cannot both have been there as their operations say. */
export interface ZoneConflict {
  /** The value that has to be there all through its zone. */
  readonly held: ValueCluster;
  readonly other: ValueCluster;
}

/**
 * Finds what contradicts a register in which each value is written once (Gibbons and Korach 1997):
 * two forward zones that overlap, or a backward zone inside a forward one. Where there is neither,
 * an order of all operations exists that explains the history. For each value the answer has the
 * first conflict alone; n log n.
 */
export function zoneConflicts(clusters: readonly ValueCluster[]): ZoneConflict[] {
  const forward = clusters
    .filter(isForward)
    .sort((a, b) => firstEndOf(a) - firstEndOf(b) || lastStartOf(a) - lastStartOf(b));
  const conflicts: ZoneConflict[] = [];
  /** For each forward zone, the one among it and those before that reaches furthest. */
  const furthest: ValueCluster[] = [];
  for (const zone of forward) {
    const held = furthest.at(-1);
    if (held !== undefined && firstEndOf(zone) < lastStartOf(held)) {
      conflicts.push({ held, other: zone });
    }
    furthest.push(held !== undefined && lastStartOf(held) > lastStartOf(zone) ? held : zone);
  }
  for (const zone of clusters) {
    if (isForward(zone)) continue;
    const held = furthest[countBefore(forward, lastStartOf(zone)) - 1];
    if (held !== undefined && firstEndOf(zone) < lastStartOf(held)) {
      conflicts.push({ held, other: zone });
    }
  }
  return conflicts;
}

/** How many zones begin before a moment. */
function countBefore(sorted: readonly ValueCluster[], ms: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (firstEndOf(sorted[middle]!) < ms) low = middle + 1;
    else high = middle;
  }
  return low;
}
