import {
  type Protocol,
  plainPathOf,
  type Route,
  serverPaths,
  textResponse,
} from '../../protocols/index.ts';
import type { Readiness } from '../listener/readiness.ts';
import { plainRefusal } from './router.ts';

/**
 * `/healthz`: the process lives. `/readyz`: it should be sent requests. `/` says what this is. None of
 * them requires a credential, and a query or a slash at the end changes nothing.
 */
export function createHealth(readiness: Readiness): Protocol {
  const alive = openRoute('healthz', () => textResponse(200, 'ok'));
  const root = openRoute('root', () => textResponse(200, 'MemoBuild, a build cache'));
  const ready = openRoute('readyz', async () => {
    const reason = await readiness();
    return reason === undefined ? textResponse(200, 'ready') : textResponse(503, reason);
  });
  return {
    route(method, url) {
      if (method !== 'GET' && method !== 'HEAD') return undefined;
      const path = plainPathOf(url);
      if (path === serverPaths.alive) return alive;
      if (path === serverPaths.ready) return ready;
      return path === '/' ? root : undefined;
    },
  };
}

function openRoute(name: string, handle: Route['handle']): Route {
  return {
    name,
    operation: 'health',
    isPage: true,
    resource: undefined,
    bodyBytesMax: 0,
    handle: async (request) => {
      const answer = await handle(request);
      return request.method === 'HEAD' ? { ...answer, body: undefined } : answer;
    },
    refuse: plainRefusal,
  };
}
