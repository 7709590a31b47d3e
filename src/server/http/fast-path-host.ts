import type { Cache, Principal } from '../../cache/index.ts';
import {
  type Access,
  bazelHttp,
  instanceNameBytesMax,
  reservedMounts,
} from '../../protocols/index.ts';
import { permits } from '../access/access.ts';
import type { Lifecycle } from '../listener/lifecycle.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import type { FastPathHost, Grant, ServedRequest } from './fast-path/index.ts';

/** What the fast path knows about the server around it. */
export interface FastPathSurroundings {
  readonly cache: Cache;
  readonly access: Access;
  readonly telemetry: Telemetry;
  readonly lifecycle: Lifecycle;
}

/** Larger bodies stream through the full server, where the cost of a request is small beside theirs. */
const fastBodyBytesMax = 64 * 1024;

/** Stands between the fast path and the parts of the server that both ways in have in common. */
export function createFastPathHost({
  cache,
  access,
  telemetry,
  lifecycle,
}: FastPathSurroundings): Omit<FastPathHost, 'handOver'> {
  return {
    cache,
    bodyBytesMax: fastBodyBytesMax,
    isDraining: () => lifecycle.draining,
    isInstance: (prefix) =>
      prefix.length <= instanceNameBytesMax && reservedMounts.allowsInstance(prefix),
    grantFor: createGrants(access),
    begun: () => telemetry.requestStarted(),
    ended: (request) => {
      telemetry.requestEnded(routeOf(request), request.method, request.status, request.durationMs);
    },
  };
}

/** Keeps the last grant: a client that opens a connection for each request costs none a new one. */
function createGrants(access: Access): FastPathHost['grantFor'] {
  let last: Grant | undefined;
  return (authorization, namespace, socket) => {
    let principal: Principal;
    try {
      principal = access.identify(authorization, socket);
    } catch {
      return undefined;
    }
    if (last?.caller.principal === principal && last.caller.namespace === namespace) return last;
    last = {
      caller: { principal, namespace, protocol: bazelHttp.name },
      mayRead: permits(access, principal, { namespace, action: 'read' }),
      mayWrite: permits(access, principal, { namespace, action: 'write' }),
    };
    return last;
  };
}

const { smallRequests } = bazelHttp;

function routeOf({ space, method }: ServedRequest): Parameters<Telemetry['requestEnded']>[0] {
  return smallRequests[space][method];
}
