import type { Store } from '../storage/index.ts';

/** A store that answers with promises only, as one on another machine does. */
export function asynchronous(store: Store): Store {
  return new Proxy(store, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return async (...args: unknown[]) => await Reflect.apply(member, target, args);
    },
  });
}
