import type { Cache } from '../../cache/index.ts';
import { memobuildVersion } from '../../core/index.ts';
import type { Protocol, Route, UniversalResponse } from '../../protocols/index.ts';
import type { ClusterLink } from '../cluster/worker.ts';
import { totalCounters } from '../telemetry/stats.ts';
import { plainRefusal } from './router.ts';

/** `/metrics` for Prometheus: sums over all processes of the server. Wants the read scope. */
export function createMetrics(cache: Cache, link: ClusterLink): Protocol {
  const route: Route = {
    name: 'metrics',
    operation: 'metrics',
    access: 'read',
    bodyBytesMax: 0,
    handle: () => answer(cache, link),
    refuse: plainRefusal,
  };
  return {
    route: (method, url) => (url === '/metrics' && method === 'GET' ? route : undefined),
  };
}

async function answer(cache: Cache, link: ClusterLink): Promise<UniversalResponse> {
  // Loaded with the first scrape: a server that nobody scrapes does not pay for it.
  const { metricsContentType, renderMetrics } = await import('../telemetry/metrics-text.ts');
  const collected = await link.collect();
  const body = Buffer.from(
    await renderMetrics({
      version: memobuildVersion,
      counters: totalCounters(collected),
      processes: collected.processes,
      workersReplaced: collected.workersReplaced,
      usage: await cache.usage(),
    }),
  );
  return {
    status: 200,
    headers: { 'content-type': metricsContentType, 'content-length': body.byteLength },
    body,
  };
}
