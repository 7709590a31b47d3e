import type { Route } from '../shared/universal.ts';
import { turborepoRefusal } from './errors.ts';
import { turborepoName } from './name.ts';

/** A route of this protocol; bodies are refused unless it says how many bytes it takes. */
export function turborepoRoute(
  operation: string,
  resource: Route['resource'],
  handle: Route['handle'],
): Route {
  const kind = resource?.action === 'write' ? 'store' : 'lookup';
  return {
    name: turborepoName,
    operation: `${turborepoName}_${operation}`,
    resource,
    bodyBytesMax: 0,
    handle,
    refuse: (error) => turborepoRefusal(error, kind),
  };
}
