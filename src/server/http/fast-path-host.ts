import type { Cache, Principal } from '../../cache/index.ts';
import type { Logger } from '../../core/index.ts';
import {
  type Access,
  bazelHttp,
  instanceNameBytesMax,
  reservedMounts,
} from '../../protocols/index.ts';
import { permits } from '../access/access.ts';
import type { Lifecycle } from '../listener/lifecycle.ts';
import type { OutputBudget } from '../listener/output-budget.ts';
import type { AccessLine } from '../telemetry/access-log.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import type { BrowserGuard } from './browser-guard.ts';
import {
  clientClosedRequest,
  type FastPathHost,
  fastHeadBytesMax,
  type Grant,
  type ServedRequest,
} from './fast-path/index.ts';

/** What the fast path knows about the server around it. */
export interface FastPathSurroundings {
  readonly cache: Cache;
  readonly access: Access;
  readonly telemetry: Telemetry;
  readonly lifecycle: Lifecycle;
  readonly output: OutputBudget;
  readonly guard: BrowserGuard;
  readonly headerBytesMax: number;
  /** Called once a request is over, if access lines are enabled. */
  readonly onAccess: ((line: AccessLine) => void) | undefined;
  readonly logger: Logger;
}

/** Larger bodies stream through the full server, where the cost of a request is small beside theirs. */
const fastBodyBytesMax = 64 * 1024;

/** Stands between the fast path and the parts of the server that both ways in have in common. */
export function createFastPathHost({
  cache,
  access,
  telemetry,
  lifecycle,
  output,
  guard,
  headerBytesMax,
  onAccess,
  logger,
}: FastPathSurroundings): Omit<FastPathHost, 'handOver'> {
  return {
    cache,
    output,
    bodyBytesMax: fastBodyBytesMax,
    headBytesMax: Math.min(fastHeadBytesMax, headerBytesMax),
    takesHost: createHostCheck(guard),
    isDraining: () => lifecycle.draining,
    isInstance: (prefix) =>
      prefix.length <= instanceNameBytesMax && reservedMounts.allowsInstance(prefix),
    grantFor: createGrants(access),
    begun: () => telemetry.requestStarted(),
    ended: (request) => {
      telemetry.requestEnded(routeOf(request), request.method, request.status, request.durationMs);
      onAccess?.(accessLineOf(request));
    },
    failed: (error) => logger.error({ err: error }, 'a connection failed and was closed'),
  };
}

/** Remembers the last Host that was taken: nearly all requests have the same. */
function createHostCheck(guard: BrowserGuard): FastPathHost['takesHost'] {
  if (!guard.checksHost) return () => true;
  let last = Buffer.alloc(0);
  return (bytes, start, end) => {
    let same = end - start === last.length;
    for (let at = 0; same && at < last.length; at += 1) same = bytes[start + at] === last[at];
    if (same) return true;
    const host = bytes.toString('latin1', start, end);
    if (!guard.takesHost(host)) return false;
    last = Buffer.from(host, 'latin1');
    return true;
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

function routeOf({ key, method }: ServedRequest): Parameters<Telemetry['requestEnded']>[0] {
  return smallRequests[key.space][method];
}

/** A path on the fast path needs no escapes, so what was sent can be written again. */
function accessLineOf({
  method,
  key,
  caller,
  socket,
  status,
  durationMs,
}: ServedRequest): AccessLine {
  const hash = key.space === 'cas' ? key.hash : key.key;
  return {
    method,
    url: `${caller.namespace === '' ? '' : `/${caller.namespace}`}/${key.space}/${hash}`,
    status,
    durationMs,
    principal: caller.principal.name,
    remote: socket.remoteAddress,
    complete: status !== clientClosedRequest,
  };
}
