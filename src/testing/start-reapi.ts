import { createServer } from 'node:http';
import grpc from '@grpc/grpc-js';
import { type Cache, type CacheOptions, createCache } from '../cache/index.ts';
import { defaultLimits } from '../config/index.ts';
import { silentLogger } from '../core/index.ts';
import { type Access, createBazelHttp, reservedMounts } from '../protocols/index.ts';
import { createReapi, type ReapiLimits } from '../protocols/reapi/index.ts';
import { createAccess } from '../server/access/access.ts';
import { type Authenticator, openToAll } from '../server/access/auth.ts';
import type { GrpcCallLimits } from '../server/grpc/grpc-call.ts';
import { createGrpcListener } from '../server/grpc/listen-grpc.ts';
import { createCallServer } from '../server/grpc/serve-call.ts';
import { BrowserGuard } from '../server/http/browser-guard.ts';
import { createRequestHandler } from '../server/http/handle-request.ts';
import { createRouter } from '../server/http/router.ts';
import type { Listener, TlsIdentity } from '../server/listener/listener.ts';
import { OutputBudget } from '../server/listener/output-budget.ts';
import { Telemetry } from '../server/telemetry/telemetry.ts';
import { createMemoryStore } from '../storage/drivers/memory/index.ts';
import type { Store } from '../storage/index.ts';
import { asynchronous } from './asynchronous-store.ts';
import type { Cleanup } from './cleanup.ts';
import { GrpcClient } from './grpc-client.ts';
import { testCa } from './tls-certificates.ts';

export interface ReapiServerOptions {
  readonly store?: Store;
  /** Whether the store answers with promises only, as one on another machine does. Default false. */
  readonly isAsync?: boolean;
  readonly cache?: Omit<CacheOptions, 'store'>;
  readonly limits?: Partial<ReapiLimits>;
  readonly callLimits?: Partial<GrpcCallLimits>;
  /** Default: room for what tests do not read at once. */
  readonly output?: OutputBudget;
  readonly authenticator?: Authenticator;
  readonly readOnly?: boolean;
  readonly tls?: TlsIdentity;
  readonly isServing?: () => Promise<boolean>;
}

/** A server of the Remote Execution API in this process, with a client, and Bazel's HTTP cache beside it. */
export interface RunningReapi {
  readonly cache: Cache;
  readonly client: GrpcClient;
  readonly address: string;
  readonly telemetry: Telemetry;
  readonly listener: Listener;
  /** Base URL of the HTTP cache over the same entries. */
  readonly httpUrl: string;
  newClient(credentials?: grpc.ChannelCredentials): GrpcClient;
}

const defaultCallLimits: GrpcCallLimits = {
  bodyIdleTimeoutMs: 10_000,
  bodyBytesPerSecMin: 0,
  responseIdleTimeoutMs: 10_000,
  leftoverBytesMax: 16 * 2 ** 20,
  leftoverTimeoutMs: 2000,
};

const defaultOutput = {
  outputPerConnectionBytesMax: 16 * 2 ** 20,
  outputPerProcessBytesMax: 256 * 2 ** 20,
};

export async function startReapi(
  t: Cleanup,
  options: ReapiServerOptions = {},
): Promise<RunningReapi> {
  const store = options.store ?? createMemoryStore({ maxBytes: 0 });
  const cache = createCache({
    ...options.cache,
    store: options.isAsync === true ? asynchronous(store) : store,
  });
  const telemetry = new Telemetry();
  const reapi = createReapi({
    cache,
    reserved: reservedMounts,
    ...(options.limits && { limits: options.limits }),
    ...(options.isServing && { isServing: options.isServing }),
  });
  const { authenticator = openToAll, readOnly = false } = options;
  const access = createAccess({ authenticator, readOnly });
  const limits = { ...defaultCallLimits, ...options.callLimits };
  const listener = createGrpcListener({
    serveCall: createCallServer({
      methods: reapi.methods,
      access,
      telemetry,
      limits,
      logger: silentLogger,
    }),
    limits: { ...limits, headerBytesMax: 16 * 1024, connectionsMax: 1000 },
    output: options.output ?? new OutputBudget(defaultOutput),
    telemetry,
    tls: options.tls ?? null,
  });
  const port = await listener.listen({ host: '127.0.0.1', port: 0 });
  const http = createServer(httpHandler(cache, access, telemetry, limits));
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  t.after(async () => {
    reapi.close();
    listener.stopAccepting();
    listener.closeAll();
    http.close();
    http.closeAllConnections();
    await cache.close();
  });
  const address = `127.0.0.1:${port}`;
  const httpAddress = http.address();
  const httpPort = typeof httpAddress === 'object' && httpAddress !== null ? httpAddress.port : 0;
  return {
    cache,
    telemetry,
    listener,
    address,
    httpUrl: `http://127.0.0.1:${httpPort}`,
    client: new GrpcClient(t, address, credentialsOf(options)),
    newClient: (credentials) => new GrpcClient(t, address, credentials ?? credentialsOf(options)),
  };
}

function credentialsOf({ tls }: ReapiServerOptions): grpc.ChannelCredentials {
  return tls === undefined
    ? grpc.credentials.createInsecure()
    : grpc.credentials.createSsl(Buffer.from(testCa));
}

function httpHandler(
  cache: Cache,
  access: Access,
  telemetry: Telemetry,
  limits: GrpcCallLimits,
): (
  request: Parameters<ReturnType<typeof createRequestHandler>>[0],
  response: Parameters<ReturnType<typeof createRequestHandler>>[1],
) => void {
  const handle = createRequestHandler({
    router: createRouter([
      createBazelHttp({ cache, blobBytesMax: 2 ** 30, reserved: reservedMounts }),
    ]),
    guard: new BrowserGuard(undefined),
    access,
    telemetry,
    lifecycle: { draining: false },
    output: new OutputBudget(defaultLimits),
    limits: { ...defaultLimits, ...limits },
    logger: silentLogger,
  });
  return (request, response) => handle(request, response, false);
}
