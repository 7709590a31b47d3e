import { type LoadConnection, openConnection } from '../loadtest/transport/load-connection.ts';
import type { ConnectionObserver } from '../loadtest/transport/shared/connection-observer.ts';
import { DeadlineSweep } from '../loadtest/transport/shared/deadline-sweep.ts';
import { createEndpoint, type EndpointConfig } from '../loadtest/transport/shared/endpoint.ts';
import type { Cleanup } from './cleanup.ts';

/** A connection of the load test to a URL, of the protocol that its scheme names. It ends with the test. */
export function openLoadConnection(
  t: Cleanup,
  config: Partial<EndpointConfig> & Pick<EndpointConfig, 'url'>,
  observer?: ConnectionObserver,
): LoadConnection {
  const sweep = new DeadlineSweep();
  const endpoint = createEndpoint({ headers: {}, tls: { insecure: false }, ...config });
  const connection = openConnection(endpoint, sweep, observer);
  t.after(() => {
    connection.close();
    sweep.close();
  });
  return connection;
}
