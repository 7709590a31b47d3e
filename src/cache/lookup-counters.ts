import type { LookupCounts, LookupSums } from '../core/index.ts';
import type { EntryKey } from '../storage/index.ts';

/** Namespaces beyond the bound are counted under this name. */
export const otherNamespaces = '(other)';

const countedNamespacesMax = 100;

/** One row of {@link LookupCounts}, counted in place. */
export type Counters = { -readonly [Count in keyof LookupSums]: LookupSums[Count] };

/** One process's counts of lookups and writes since it started, by namespace and space. */
export class LookupCounters {
  readonly #byNamespace = new Map<string, Readonly<Record<EntryKey['space'], Counters>>>();
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

  #add(namespace: string): Readonly<Record<EntryKey['space'], Counters>> {
    const isFull = this.#byNamespace.size >= this.#namespacesMax;
    const name = isFull ? otherNamespaces : namespace;
    const existing = this.#byNamespace.get(name);
    if (existing !== undefined) return existing;
    const added = { ac: zero(), cas: zero() };
    this.#byNamespace.set(name, added);
    return added;
  }
}

function zero(): Counters {
  return { hits: 0, misses: 0, hitBytes: 0, writes: 0, writtenBytes: 0 };
}
