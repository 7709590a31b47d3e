import { createHttpProtocols } from '../protocols/index.ts';
import type { WorkerParts } from './compose-parts.ts';
import { createFastPathHost } from './http/fast-path-host.ts';
import { createRequestHandler } from './http/handle-request.ts';
import { createHealth } from './http/health.ts';
import { createHttpListener } from './http/listen-http.ts';
import { createMetrics } from './http/metrics.ts';
import { createRouter, type Router } from './http/router.ts';
import type { Listener } from './listener/listener.ts';
import type { CollectReports } from './telemetry/collected-reports.ts';
import { createStats } from './telemetry/stats.ts';

/** Puts the HTTP listener together: all protocols of build tools over HTTP, and the server's own paths. */
export function composeHttp(parts: WorkerParts, collect: CollectReports): Listener {
  const { config, tls, cache, access, telemetry, lifecycle, logger, onAccess } = parts;
  const handler = createRequestHandler({
    router: composeRouter(parts, collect),
    access,
    telemetry,
    lifecycle,
    limits: config.limits,
    logger,
    onAccess,
  });
  const surroundings = { cache, access, telemetry, lifecycle };
  // An access line needs more of a request than the fast path keeps.
  const fastPath = onAccess === undefined ? createFastPathHost(surroundings) : undefined;
  return createHttpListener({ handler, telemetry, limits: config.limits, tls, fastPath });
}

function composeRouter({ config, cache, lifecycle }: WorkerParts, collect: CollectReports): Router {
  const { blobBytesMax } = config.store;
  const stats = createStats(cache, collect);
  return createRouter([
    ...createHttpProtocols({ cache, blobBytesMax, stats, ...config.limits }),
    createHealth(cache, lifecycle),
    createMetrics(cache, collect),
  ]);
}
