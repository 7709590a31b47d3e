import type { Cache } from '../../cache/index.ts';
import { memobuildVersion } from '../../core/index.ts';
import {
  everyNamespace,
  type Protocol,
  plainPathOf,
  type Route,
  serverPaths,
  type UniversalResponse,
} from '../../protocols/index.ts';
import { type CollectReports, totalCounters } from '../telemetry/collected-reports.ts';
import { plainRefusal } from './router.ts';

/** `/metrics` for Prometheus: sums over all processes of the server. Requires the read scope. */
export function createMetrics(cache: Cache, collect: CollectReports): Protocol {
  const route: Route = {
    name: 'metrics',
    operation: 'metrics',
    isPage: true,
    resource: { namespace: everyNamespace, action: 'read' },
    bodyBytesMax: 0,
    handle: () => answer(cache, collect),
    refuse: plainRefusal,
  };
  return {
    route: (method, url) =>
      method === 'GET' && plainPathOf(url) === serverPaths.metrics ? route : undefined,
  };
}

async function answer(cache: Cache, collect: CollectReports): Promise<UniversalResponse> {
  // Loaded with the first scrape: a server that is not scraped does not pay for it.
  const { metricsContentType, renderMetrics } = await import('../telemetry/metrics-text.ts');
  const collected = await collect();
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
