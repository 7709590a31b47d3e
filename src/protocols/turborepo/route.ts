import type { Route } from '../shared/universal.ts';
import { turborepoRefusal } from './errors.ts';

/** A route of this protocol; bodies are refused unless it says how many bytes it takes. */
export function turborepoRoute(
  operation: string,
  access: Route['access'],
  handle: Route['handle'],
): Route {
  const kind = access === 'write' ? 'store' : 'lookup';
  return {
    name: 'turborepo',
    operation: `turborepo_${operation}`,
    access,
    bodyBytesMax: 0,
    handle,
    refuse: (error) => turborepoRefusal(error, kind),
  };
}
