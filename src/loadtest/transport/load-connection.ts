import type { HttpExchange } from '../../protocols/shared/load-client.ts';
import { GrpcConnection } from './grpc/grpc-connection.ts';
import { Connection } from './http/connection.ts';
import { RedisConnection } from './redis/redis-connection.ts';
import { type ConnectionObserver, unobserved } from './shared/connection-observer.ts';
import type { Bounded, DeadlineSweep } from './shared/deadline-sweep.ts';
import type { Endpoint } from './shared/endpoint.ts';

/** One client's connection, whatever it speaks below. */
export interface LoadConnection extends HttpExchange, Bounded {
  /** By when the exchanges of the operation under way must be over (performance.now()). */
  deadlineMs: number;
  /** Connections made so far. */
  readonly opened: number;
  /** Closes the connection for good; an exchange under way fails as `reset`. */
  close(): void;
}

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
