import { reservedMounts } from '../protocols/index.ts';
import { createReapi } from '../protocols/reapi/index.ts';
import type { WorkerParts } from './compose-parts.ts';
import { createGrpcListener } from './grpc/listen-grpc.ts';
import { createCallServer } from './grpc/serve-call.ts';
import type { Listener } from './listener/listener.ts';
import { createReadiness } from './listener/readiness.ts';

/** Puts the gRPC listener together. In a file of its own, so that a server without one loads none of it. */
export function composeGrpc(parts: WorkerParts): Listener {
  const { config, tls, cache, access, telemetry, lifecycle, output, logger, onAccess } = parts;
  const readiness = createReadiness(cache, lifecycle);
  const reapi = createReapi({
    cache,
    reserved: reservedMounts,
    limits: { blobBytesMax: config.store.blobBytesMax },
    checkReferences: config.store.checkReferences,
    isServing: async () => (await readiness()) === undefined,
  });
  const listener = createGrpcListener({
    serveCall: createCallServer({
      methods: reapi.methods,
      access,
      telemetry,
      limits: config.limits,
      logger,
      onAccess,
    }),
    limits: config.limits,
    output,
    telemetry,
    tls,
  });
  return {
    ...listener,
    stopAccepting: () => {
      reapi.close();
      listener.stopAccepting();
    },
  };
}
