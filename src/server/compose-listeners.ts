import { otherPlace } from '../config/index.ts';
import type { ListenerScheme, Place } from '../core/index.ts';
import { listenerProtocols } from '../protocols/index.ts';
import type { WorkerParts } from './compose-parts.ts';
import type { Listener } from './listener/listener.ts';
import { createRedisListener } from './redis/listen-redis.ts';

/** A listener for clients that speak something other than HTTP/1. */
export interface OtherListener {
  /** What the URLs that clients are given begin with. */
  readonly scheme: ListenerScheme;
  readonly place: Place;
  readonly listener: Listener;
}

/** Puts together the listeners that the configuration asks for beside the HTTP one. */
export async function composeOtherListeners(parts: WorkerParts): Promise<readonly OtherListener[]> {
  const listeners: OtherListener[] = [];
  for (const { scheme } of listenerProtocols) {
    const place = otherPlace(parts.config.listen, scheme);
    if (place === undefined) continue;
    listeners.push({ scheme, place, listener: await composers[scheme](parts) });
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
  const { config, tls, cache, access, telemetry, lifecycle, output, onAccess } = parts;
  return createRedisListener({
    redis: {
      cache,
      blobBytesMax: config.store.blobBytesMax,
      access: parts.quietAccess,
      onFailedLogin: access.loginFailed,
      isDraining: () => lifecycle.draining,
    },
    limits: config.limits,
    output,
    telemetry,
    onAccess,
    tls,
  });
}
