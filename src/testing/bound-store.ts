import type { Store } from '../storage/index.ts';

/** A store's methods, bound to it, for one of them to be replaced. */
export function boundStore(store: Store): Store {
  return {
    find: (key) => store.find(key),
    write: (...args) => store.write(...args),
    missing: (keys) => store.missing(keys),
    touch: (keys) => store.touch(keys),
    dropDamaged: (...args) => store.dropDamaged(...args),
    setReferences: (...args) => store.setReferences(...args),
    purge: (...args) => store.purge(...args),
    usage: () => store.usage(),
    close: () => store.close(),
  };
}
