import { type Cache, createCache } from '../cache/index.ts';
import type { ServeConfig } from '../config/index.ts';
import type { Logger } from '../core/index.ts';
import { createApiV1, createBazelHttp, createToolProtocols } from '../protocols/index.ts';
import type { Store } from '../storage/index.ts';
import { type Credential, createAuthenticator, openToAll } from './access/auth.ts';
import type { WorkerServer } from './cluster/worker.ts';
import { createFastPathHost } from './http/fast-path-host.ts';
import { createRequestHandler } from './http/handle-request.ts';
import { createHealth } from './http/health.ts';
import { createHttpListener } from './http/listen-http.ts';
import { createMetrics } from './http/metrics.ts';
import { createRouter } from './http/router.ts';
import { drain } from './listener/drain.ts';
import type { Lifecycle } from './listener/lifecycle.ts';
import type { Listener, TlsIdentity } from './listener/listener.ts';
import { joinTrace, type TraceSettings } from './recording/index.ts';
import { createRedisListener } from './redis/listen-redis.ts';
import { openAccessLog } from './telemetry/access-log.ts';
import { type CollectReports, reportWorker, Telemetry } from './telemetry/index.ts';
import { createLogger } from './telemetry/logger.ts';
import { createStats } from './telemetry/stats.ts';

/** All that a worker needs, as plain data: the primary reads the files and sends what they say. */
export interface ServeSettings {
  readonly config: ServeConfig;
  /** `undefined`: everybody may do everything. */
  readonly credentials: readonly Credential[] | undefined;
  readonly tls: TlsIdentity | undefined;
  /** `undefined`: nothing is recorded. */
  readonly trace: TraceSettings | undefined;
}

/** Puts a worker's server together. */
export async function composeWorker(sent: unknown, collect: CollectReports): Promise<WorkerServer> {
  // The primary of the same version sent it, so its form is known.
  const { config, credentials, tls, trace } = sent as ServeSettings;
  const logger = createLogger(config.log.level, {});
  const store = await openStore(config, logger);
  const limits = { blobBytesMax: config.store.blobBytesMax };
  const cache = createCache({
    store,
    limits,
    readOnly: config.auth.readOnly,
    checkReferences: config.store.checkReferences,
    logger,
  });
  const recorder = trace === undefined ? undefined : await joinTrace(trace, cache, logger);
  const cacheFor = (protocol: string): Cache => recorder?.cacheFor(protocol) ?? cache;
  const telemetry = new Telemetry();
  const lifecycle: Lifecycle = { draining: false };
  const accessLog = config.log.access ? await openAccessLog() : undefined;
  const authenticator = credentials === undefined ? openToAll : createAuthenticator(credentials);
  const handler = createRequestHandler({
    router: createRouter([
      createBazelHttp({ cache: cacheFor('bazel'), blobBytesMax: limits.blobBytesMax }),
      createApiV1({ cache: cacheFor('api'), stats: createStats(cache, collect), ...config.limits }),
      createHealth(cache, lifecycle),
      createMetrics(cache, collect),
      ...createToolProtocols({
        cache: cacheFor('tool'),
        blobBytesMax: limits.blobBytesMax,
      }),
    ]),
    authenticator,
    readOnly: config.auth.readOnly,
    telemetry,
    lifecycle,
    limits: config.limits,
    logger,
    onAccess: accessLog?.write,
  });
  // An access line tells more of a request than the fast path keeps.
  const fastPath =
    accessLog === undefined
      ? createFastPathHost({
          cache: cacheFor('bazel'),
          authenticator,
          readOnly: config.auth.readOnly,
          telemetry,
          lifecycle,
        })
      : undefined;
  const listener = createHttpListener({ handler, telemetry, limits: config.limits, tls, fastPath });
  const { host, redisPort, grpcPort } = config.listen;
  const others: OtherListener[] = [];
  if (redisPort !== undefined) {
    const redis = {
      cache: cacheFor('redis'),
      blobBytesMax: limits.blobBytesMax,
      readOnly: config.auth.readOnly,
      authorize: authenticator.authorize,
      isDraining: () => lifecycle.draining,
    };
    const parts = { redis, limits: config.limits, telemetry, tls };
    others.push({ scheme: 'redis', port: redisPort, ...createRedisListener(parts) });
  }
  if (grpcPort !== undefined) {
    const { composeGrpc } = await import('./compose-grpc.ts');
    const parts = { config, authenticator, telemetry, lifecycle, tls, logger };
    const shared = { ...parts, cache: cacheFor('reapi') };
    const grpc = composeGrpc({ ...shared, onAccess: accessLog?.write });
    others.push({ scheme: 'grpc', port: grpcPort, ...grpc });
  }
  return {
    listen: async (port) => {
      const boundPort = await listener.listen({ host, port });
      const otherPorts: Record<string, number> = {};
      for (const other of others) {
        otherPorts[other.scheme] = await other.listen({ host, port: other.port });
      }
      return { port: boundPort, otherPorts };
    },
    report: () => reportWorker(telemetry, cache),
    usage: async () => await cache.usage(),
    drain: async () => {
      await Promise.all(
        [listener, ...others].map((each) => drain(each, lifecycle, config.processes, logger)),
      );
      await recorder?.close();
      await cache.close();
      accessLog?.flush();
      await logger.flush();
    },
  };
}

/** A listener for clients that speak something else than HTTP/1. */
interface OtherListener extends Listener {
  /** Of the URLs that clients are given. */
  readonly scheme: string;
  /** The port to ask for. */
  readonly port: number;
}

async function openStore({ store }: ServeConfig, logger: Logger): Promise<Store> {
  const { dir, durability, maxSizeBytes: maxBytes } = store;
  const storage = await import('../storage/index.ts');
  switch (store.driver) {
    case 'memory':
      return storage.createMemoryStore({ maxBytes });
    case 'embedded':
      return await storage.openEmbeddedStore({ dir, maxBytes, durability, logger });
  }
}
