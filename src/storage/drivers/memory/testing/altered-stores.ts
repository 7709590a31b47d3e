// Runs the suite over memory stores of which two share one backend, altered as VARIANT says.

import { describeStore, type StoreUnderTestOptions } from '../../../conformance/index.ts';
import type { Lookup, Store } from '../../../store.ts';
import type { StoreAbilities } from '../../../store-driver.ts';
import { createMemoryStore } from '../memory-store.ts';

interface Variant {
  readonly sharedBy?: 'process' | 'machine';
  readonly abilities?: Partial<StoreAbilities>;
  /** What the backend is opened with instead. */
  readonly options?: Partial<StoreUnderTestOptions>;
  /** Makes the second store on a backend. */
  readonly beside?: (backend: Store) => Store;
}

const variants: Readonly<Record<string, Variant>> = {
  whole: {},
  'declares-nothing': { sharedBy: 'process', abilities: { exactBound: false, strictLru: false } },
  'inexact-and-unbounded': { options: { maxBytes: 0 }, abilities: { exactBound: false } },
  unbounded: { options: { maxBytes: 0 } },
  apart: { beside: () => createMemoryStore({ maxBytes: 0 }) },
  'remembers-purged': { beside: remembering },
  'overwrites-absent': {
    beside: (backend) => ({
      ...viewOf(backend),
      write: (key, body, options) => backend.write(key, body, { ...options, ifAbsent: false }),
    }),
  },
};

const name = process.argv[2] ?? '';
const variant = variants[name];
if (variant === undefined) throw new Error(`VARIANT takes one of ${Object.keys(variants)}`);
const { sharedBy = 'machine', beside = viewOf } = variant;
const abilities: StoreAbilities = { exactBound: true, strictLru: true, ...variant.abilities };
const backends = new WeakMap<Store, Store>();

describeStore(
  name,
  { sharedBy, abilities },
  {
    open: async (options) => {
      const backend = createMemoryStore({ ...options, ...variant.options });
      const view = viewOf(backend);
      backends.set(view, backend);
      return view;
    },
    openBeside: async (store) => beside(backends.get(store) ?? store),
    leftovers: async () => 0,
    costBytes: (sizeBytes) => sizeBytes + 300,
  },
);

/** A store over entries that stay when it closes. */
function viewOf(backend: Store): Store {
  return {
    find: (key) => backend.find(key),
    write: (key, body, options) => backend.write(key, body, options),
    missing: (keys) => backend.missing(keys),
    touch: (keys) => backend.touch(keys),
    dropDamaged: (key, generation) => backend.dropDamaged(key, generation),
    setReferences: (key, generation, named) => backend.setReferences(key, generation, named),
    purge: (selection, options) => backend.purge(selection, options),
    usage: () => backend.usage(),
    close: async () => {},
  };
}

/** A store that finds what it found once, whoever purged it since. */
function remembering(backend: Store): Store {
  const found = new Map<string, Lookup>();
  return {
    ...viewOf(backend),
    find: async (key) => {
      const text = JSON.stringify(key);
      const lookup = await backend.find(key);
      if (lookup.kind === 'hit') found.set(text, lookup);
      return found.get(text) ?? lookup;
    },
  };
}
