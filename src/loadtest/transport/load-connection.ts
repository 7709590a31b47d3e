import { GrpcConnection } from './grpc/grpc-connection.ts';
import { Connection } from './http/connection.ts';
import { RedisConnection } from './redis/redis-connection.ts';
import { type ConnectionObserver, unobserved } from './shared/connection-observer.ts';
import type { DeadlineSweep } from './shared/deadline-sweep.ts';
import type { Endpoint } from './shared/endpoint.ts';
import type { ExchangeConnection } from './shared/exchange-connection.ts';

/** One client's connection, whatever it speaks below. */
export type LoadConnection = Pick<
  ExchangeConnection,
  'deadlineMs' | 'opened' | 'exchange' | 'expire' | 'close'
>;

/** Makes the connection that an endpoint needs. It opens when it is first used. */
export function openConnection(
  endpoint: Endpoint,
  sweep: DeadlineSweep,
  observer: ConnectionObserver = unobserved,
): LoadConnection {
  if (endpoint.grpc !== undefined) return new GrpcConnection(endpoint, sweep, observer);
  if (endpoint.redis !== undefined) return new RedisConnection(endpoint, sweep, observer);
  return new Connection(endpoint, sweep, observer);
}
