import type { WorkerParts } from './compose-parts.ts';
import type { Listener } from './listener/listener.ts';
import { createRedisListener } from './redis/listen-redis.ts';

/** A listener for clients that speak something other than HTTP/1. */
export interface OtherListener {
  /** What the URLs that clients are given begin with. */
  readonly scheme: string;
  /** The port to ask for. */
  readonly port: number;
  readonly listener: Listener;
}

/** Puts together the listeners that the configuration asks for beside the HTTP one. */
export async function composeOtherListeners(parts: WorkerParts): Promise<readonly OtherListener[]> {
  const { redisPort, grpcPort } = parts.config.listen;
  const listeners: OtherListener[] = [];
  if (redisPort !== undefined) {
    listeners.push({ scheme: 'redis', port: redisPort, listener: composeRedis(parts) });
  }
  if (grpcPort !== undefined) {
    const { composeGrpc } = await import('./compose-grpc.ts');
    listeners.push({ scheme: 'grpc', port: grpcPort, listener: composeGrpc(parts) });
  }
  return listeners;
}

function composeRedis(parts: WorkerParts): Listener {
  const { config, tls, cache, access, telemetry, lifecycle } = parts;
  return createRedisListener({
    redis: {
      cache,
      blobBytesMax: config.store.blobBytesMax,
      access,
      isDraining: () => lifecycle.draining,
    },
    limits: config.limits,
    telemetry,
    tls,
  });
}
