import { type LookupCounts, type LookupSums, sumLookups } from '../core/index.ts';
import type { EntryKey } from '../storage/index.ts';

/** Namespaces beyond the bound are counted under this name. */
export const otherNamespaces = '(other)';

const countedNamespacesMax = 100;

/** One row of {@link LookupCounts}, counted in place. */
export type Counters = { -readonly [Count in keyof LookupSums]: LookupSums[Count] };

/** One process's counts of lookups and writes since it started, by namespace and space. */
export class LookupCounters {
  readonly #byNamespace = new Map<string, SpaceCounters>();
  readonly #namespacesMax: number;

  /** @param namespacesMax counted apart; those beyond share a name, so that a client can't grow the counters without end. */
  constructor(namespacesMax: number = countedNamespacesMax) {
    this.#namespacesMax = namespacesMax;
  }

  of(namespace: string, space: EntryKey['space']): Counters {
    return (this.#byNamespace.get(namespace) ?? this.#add(namespace))[space];
  }

  /** The rows that have counted anything. */
  rows(): readonly LookupCounts[] {
    const rows: LookupCounts[] = [];
    for (const [namespace, spaces] of this.#byNamespace) {
      for (const space of ['ac', 'cas'] as const) {
        const counters = spaces[space];
        if (counters.hits + counters.misses + counters.writes === 0) continue;
        rows.push({ namespace, space, ...counters });
      }
    }
    return rows;
  }

  #add(namespace: string): SpaceCounters {
    const isFull = this.#byNamespace.size >= this.#namespacesMax && !this.#makeRoom();
    const name = isFull ? otherNamespaces : namespace;
    const existing = this.#byNamespace.get(name);
    if (existing !== undefined) return existing;
    const added = { ac: zero(), cas: zero() };
    this.#byNamespace.set(name, added);
    return added;
  }

  /**
   * Counts the oldest namespace in which nothing was stored, and no action result found, among the
   * others from now on: names that a client made up must not take the place of real ones. Blobs are
   * found under any name.
   */
  #makeRoom(): boolean {
    for (const [namespace, spaces] of this.#byNamespace) {
      if (namespace === otherNamespaces || isReal(spaces)) continue;
      this.#byNamespace.delete(namespace);
      const others = this.#byNamespace.get(otherNamespaces) ?? { ac: zero(), cas: zero() };
      for (const space of ['ac', 'cas'] as const) {
        Object.assign(others[space], sumLookups([others[space], spaces[space]]));
      }
      this.#byNamespace.set(otherNamespaces, others);
      return true;
    }
    return false;
  }
}

type SpaceCounters = Readonly<Record<EntryKey['space'], Counters>>;

function isReal({ ac, cas }: SpaceCounters): boolean {
  return ac.hits + ac.writes + cas.writes > 0;
}

function zero(): Counters {
  return { hits: 0, misses: 0, hitBytes: 0, writes: 0, writtenBytes: 0 };
}
