import type { Cache } from '../../cache/index.ts';
import { instanceNameBytesMax, isInstanceName } from '../../protocols/index.ts';
import type { Authenticator } from '../access/auth.ts';
import type { Lifecycle } from '../listener/lifecycle.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import type { FastPathHost, ServedRequest } from './fast-path/index.ts';

/** What the fast path is told of the server around it. */
export interface FastPathSurroundings {
  readonly cache: Cache;
  readonly authenticator: Authenticator;
  readonly readOnly: boolean;
  readonly telemetry: Telemetry;
  readonly lifecycle: Lifecycle;
}

/** Larger bodies stream through the full server, where the cost of a request is small beside theirs. */
const fastBodyBytesMax = 64 * 1024;

/** Stands between the fast path and the parts of the server that both ways in have in common. */
export function createFastPathHost({
  cache,
  authenticator,
  readOnly,
  telemetry,
  lifecycle,
}: FastPathSurroundings): Omit<FastPathHost, 'handOver'> {
  return {
    cache,
    bodyBytesMax: fastBodyBytesMax,
    isDraining: () => lifecycle.draining,
    isInstance: (prefix) => prefix.length <= instanceNameBytesMax && isInstanceName(prefix),
    permits: (authorization, access, socket) => {
      if (access === 'write' && readOnly) return false;
      try {
        authenticator.authorize(authorization, access, socket);
        return true;
      } catch {
        return false;
      }
    },
    begun: () => telemetry.requestStarted(),
    ended: (request) => {
      telemetry.requestEnded(routeOf(request), request.method, request.status, request.durationMs);
    },
  };
}

type RouteNames = Parameters<Telemetry['requestEnded']>[0];

const routes: Record<'ac' | 'cas', Record<'GET' | 'HEAD' | 'PUT', RouteNames>> = {
  ac: {
    GET: { name: 'ac', operation: 'ac_get' },
    HEAD: { name: 'ac', operation: 'ac_head' },
    PUT: { name: 'ac', operation: 'ac_put' },
  },
  cas: {
    GET: { name: 'cas', operation: 'cas_get' },
    HEAD: { name: 'cas', operation: 'cas_head' },
    PUT: { name: 'cas', operation: 'cas_put' },
  },
};

function routeOf({ space, method }: ServedRequest): RouteNames {
  return routes[space][method];
}
