import type { Evictions } from './evictions.ts';
import type { Failovers } from './failovers.ts';
import type { Operation, ReadOperation, WriteOperation } from './operation.ts';
import { endOf, firstEndOf, type ValueCluster } from './value-cluster.ts';
import { type Violation, violation } from './violation.ts';

/** What the misses of one key mean. */
export interface JudgedMisses {
  readonly violations: readonly Violation[];
  /** Misses that an eviction may explain: the key was absent then. */
  readonly excused: readonly ReadOperation[];
  /** Misses that a failover may explain. */
  readonly lostInFailover: readonly ReadOperation[];
}

/**
 * A miss is right as long as no write had to have taken effect before it was sent. Later it needs an
 * eviction after the last operation that shows the key to have been there: that operation may have
 * seen it as early as when it was sent, so the doubt begins there and ends with the miss.
 */
export function checkMisses(
  misses: readonly ReadOperation[],
  values: readonly ValueCluster[],
  { evictions, failovers }: { readonly evictions: Evictions; readonly failovers: Failovers },
): JudgedMisses {
  const presence = new Presence(values);
  const excused: ReadOperation[] = [];
  const lostInFailover: ReadOperation[] = [];
  const lost = new Map<Operation, ReadOperation[]>();
  for (const miss of misses) {
    const shown = presence.lastBefore(miss.invokedMs);
    if (shown === undefined) continue;
    if (evictions.mayLieBetween(shown.invokedMs, miss.endedMs)) {
      excused.push(miss);
      continue;
    }
    const earlier = values.filter((value) => firstEndOf(value) < miss.invokedMs);
    if (failovers.mayExplainMiss(earlier, miss.endedMs)) {
      lostInFailover.push(miss);
      continue;
    }
    const same = lost.get(shown);
    if (same === undefined) lost.set(shown, [miss]);
    else same.push(miss);
  }
  const violations = [...lost].map(([shown, reads]) =>
    violation('lost write', [presence.writeOf(shown), shown, reads[0]], reads.length),
  );
  return { violations, excused, lostInFailover };
}

/** Which operation shows last that a key was there. */
class Presence {
  readonly #writes = new Map<Operation, WriteOperation | undefined>();
  /** In the order in which they ended. */
  readonly #shown: readonly Operation[];
  /** For each of them, the one among it and those before that was sent last. */
  readonly #latest: readonly Operation[];

  constructor(values: readonly ValueCluster[]) {
    for (const { write, operations } of values) {
      for (const operation of operations) this.#writes.set(operation, write);
    }
    this.#shown = [...this.#writes.keys()].sort((a, b) => endOf(a) - endOf(b));
    const latest: Operation[] = [];
    for (const operation of this.#shown) {
      const before = latest.at(-1);
      const isLater = before === undefined || operation.invokedMs > before.invokedMs;
      latest.push(isLater ? operation : before);
    }
    this.#latest = latest;
  }

  lastBefore(ms: number): Operation | undefined {
    let [low, high] = [0, this.#shown.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (endOf(this.#shown[middle]!) < ms) low = middle + 1;
      else high = middle;
    }
    return this.#latest[low - 1];
  }

  writeOf(operation: Operation): WriteOperation | undefined {
    return this.#writes.get(operation);
  }
}
