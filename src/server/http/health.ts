import type { Cache } from '../../cache/index.ts';
import { messageOf } from '../../core/index.ts';
import { type Protocol, type Route, serverPaths, textResponse } from '../../protocols/index.ts';
import type { Lifecycle } from '../listener/lifecycle.ts';
import { plainRefusal } from './router.ts';

/** `/healthz`: the process lives. `/readyz`: it should be sent requests. Both ask no credential. */
export function createHealth(cache: Cache, lifecycle: Lifecycle): Protocol {
  const alive = openRoute('healthz', () => textResponse(200, 'ok'));
  const ready = openRoute('readyz', async () => {
    if (lifecycle.draining) return textResponse(503, 'draining');
    try {
      await cache.usage();
      return textResponse(200, 'ready');
    } catch (error) {
      return textResponse(503, `the store does not answer: ${messageOf(error)}`);
    }
  });
  return {
    route(method, url) {
      if (method !== 'GET' && method !== 'HEAD') return undefined;
      if (url === serverPaths.alive) return alive;
      if (url === serverPaths.ready) return ready;
      return undefined;
    },
  };
}

function openRoute(name: string, handle: Route['handle']): Route {
  return {
    name,
    operation: 'health',
    resource: undefined,
    bodyBytesMax: 0,
    handle: async (request) => {
      const answer = await handle(request);
      return request.method === 'HEAD' ? { ...answer, body: undefined } : answer;
    },
    refuse: plainRefusal,
  };
}
