import { isLoopback, type ServeConfig, socketPathOf } from '../config/index.ts';
import { createHttpProtocols } from '../protocols/index.ts';
import type { WorkerParts } from './compose-parts.ts';
import { BrowserGuard } from './http/browser-guard.ts';
import { createFastPathHost } from './http/fast-path-host.ts';
import { createRequestHandler } from './http/handle-request.ts';
import { createHealth } from './http/health.ts';
import { createHttpListener } from './http/listen-http.ts';
import { createMetrics } from './http/metrics.ts';
import { createRouter, type Router } from './http/router.ts';
import type { Listener } from './listener/listener.ts';
import { createReadiness } from './listener/readiness.ts';
import type { CollectReports } from './telemetry/collected-reports.ts';
import { createStats } from './telemetry/stats.ts';

/** Puts the HTTP listener together: all protocols of build tools over HTTP, and the server's own paths. */
export function composeHttp(parts: WorkerParts, collect: CollectReports): Listener {
  const { config, tls, cache, access, telemetry, lifecycle, output, logger, onAccess } = parts;
  const guard = composeGuard(config);
  const handler = createRequestHandler({
    router: composeRouter(parts, collect),
    guard,
    access,
    telemetry,
    lifecycle,
    output,
    limits: config.limits,
    logger,
    onAccess,
  });
  const fastPath = createFastPathHost({
    cache,
    // What it does not let in, the full server asks about again.
    access: parts.quietAccess,
    telemetry,
    lifecycle,
    logger,
    output,
    guard,
    headerBytesMax: config.limits.headerBytesMax,
    onAccess,
  });
  return createHttpListener({ handler, telemetry, limits: config.limits, output, tls, fastPath });
}

/** Where a credential is asked, or people reach the server by a name of its own, its Host may be any. */
function composeGuard({ listen, auth }: ServeConfig): BrowserGuard {
  // No browser reaches a socket.
  const isOpenAtHome =
    auth.tokens === undefined && isLoopback(listen.host) && socketPathOf(listen.host) === undefined;
  return new BrowserGuard(isOpenAtHome ? listen.allowedHosts : undefined);
}

function composeRouter({ config, cache, lifecycle }: WorkerParts, collect: CollectReports): Router {
  const { blobBytesMax } = config.store;
  const stats = createStats(cache, collect);
  return createRouter([
    ...createHttpProtocols({ cache, blobBytesMax, stats, ...config.limits }),
    createHealth(createReadiness(cache, lifecycle)),
    createMetrics(cache, collect),
  ]);
}
