import type { Cache } from '../cache/index.ts';
import type { ServeConfig } from '../config/index.ts';
import type { Logger } from '../core/index.ts';
import { createReapi, grpcMessageBytesMax } from '../protocols/reapi/index.ts';
import type { Authenticator } from './access/auth.ts';
import { createGrpcListener } from './grpc/listen-grpc.ts';
import { createCallServer } from './grpc/serve-call.ts';
import type { Lifecycle } from './listener/lifecycle.ts';
import type { Listener, TlsIdentity } from './listener/listener.ts';
import type { AccessLine } from './telemetry/access-log.ts';
import type { Telemetry } from './telemetry/index.ts';

/** What the gRPC listener shares with the rest of a worker. */
export interface GrpcParts {
  readonly config: ServeConfig;
  readonly cache: Cache;
  readonly authenticator: Authenticator;
  readonly telemetry: Telemetry;
  readonly lifecycle: Lifecycle;
  readonly tls: TlsIdentity | undefined;
  readonly logger: Logger;
  readonly onAccess: ((line: AccessLine) => void) | undefined;
}

/** Puts the gRPC listener together. In a file of its own, so that a server without one loads none of it. */
export function composeGrpc(parts: GrpcParts): Listener {
  const { config, cache, telemetry, lifecycle } = parts;
  const { readOnly } = config.auth;
  const reapi = createReapi({
    cache,
    limits: { blobBytesMax: config.store.blobBytesMax },
    readOnly,
    checkReferences: config.store.checkReferences,
    isServing: () => !lifecycle.draining,
  });
  const listener = createGrpcListener({
    serveCall: createCallServer({
      methods: reapi.methods,
      authenticator: parts.authenticator,
      readOnly,
      telemetry,
      limits: { ...config.limits, messageBytesMax: grpcMessageBytesMax },
      logger: parts.logger,
      onAccess: parts.onAccess,
    }),
    limits: config.limits,
    telemetry,
    tls: parts.tls,
  });
  return {
    ...listener,
    stopAccepting: () => {
      reapi.close();
      listener.stopAccepting();
    },
  };
}
