import { type ListenerScheme, listenerProtocols } from '../protocols/index.ts';
import type { WorkerParts } from './compose-parts.ts';
import type { Listener } from './listener/listener.ts';
import { createRedisListener } from './redis/listen-redis.ts';

/** A listener for clients that speak something other than HTTP/1. */
export interface OtherListener {
  /** What the URLs that clients are given begin with. */
  readonly scheme: ListenerScheme;
  /** The port to ask for. */
  readonly port: number;
  readonly listener: Listener;
}

/** Puts together the listeners that the configuration asks for beside the HTTP one. */
export async function composeOtherListeners(parts: WorkerParts): Promise<readonly OtherListener[]> {
  const listeners: OtherListener[] = [];
  for (const { scheme } of listenerProtocols) {
    const port = parts.config.listen[`${scheme}Port`];
    if (port === undefined) continue;
    listeners.push({ scheme, port, listener: await composers[scheme](parts) });
  }
  return listeners;
}

const composers: Readonly<
  Record<ListenerScheme, (parts: WorkerParts) => Listener | Promise<Listener>>
> = {
  redis: composeRedis,
  grpc: async (parts) => (await import('./compose-grpc.ts')).composeGrpc(parts),
};

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
