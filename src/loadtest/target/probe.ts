import { type ArtifactClient, OperationFailure } from '../../protocols/shared/load-client.ts';
import { LoadTestError } from '../errors.ts';
import { openConnection } from '../transport/load-connection.ts';
import { DeadlineSweep } from '../transport/shared/deadline-sweep.ts';
import { createEndpoint, type EndpointConfig } from '../transport/shared/endpoint.ts';
import { PayloadPool } from '../workload/payload-pool.ts';

/**
 * Asks the target for a key that cannot exist: a cache answers that it has none.
 * @throws {LoadTestError} `no_target`: it cannot be reached, refuses us, or is not a cache.
 */
export async function probeTarget(options: ProbeOptions): Promise<void> {
  const { endpoint: config, client, key, pool, signal } = options;
  const sweep = new DeadlineSweep();
  const connection = openConnection(createEndpoint(config), sweep);
  const abort = (): void => connection.close();
  signal.addEventListener('abort', abort, { once: true });
  connection.deadlineMs = performance.now() + Math.min(options.timeoutMs, probeTimeoutMs);
  try {
    const artifact = new PayloadPool(pool).artifact(key, 1024);
    const found = await client.lookup(connection, artifact);
    if (found === 'miss') return;
    throw new OperationFailure('integrity', 'it returned an artifact that was never stored');
  } catch (error) {
    if (signal.aborted) return;
    if (!(error instanceof OperationFailure)) throw error;
    throw new LoadTestError('no_target', explain(error, shown(config.url)), { cause: error });
  } finally {
    signal.removeEventListener('abort', abort);
    connection.close();
  }
}

export interface ProbeOptions {
  readonly endpoint: EndpointConfig;
  readonly client: ArtifactClient;
  /** A key of this run that is used for nothing else. */
  readonly key: string;
  readonly pool: SharedArrayBuffer;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

const probeTimeoutMs = 10_000;

function explain(failure: OperationFailure, url: string): string {
  const said = failure.message;
  switch (failure.kind) {
    case 'refused':
      return `the target ${url} cannot be reached: ${said}`;
    case 'generator':
      return `this machine can't open a connection to ${url}: ${said}`;
    case 'timeout':
      return `the target ${url} did not answer a lookup within the timeout`;
    case 'reset':
      return `the target ${url} accepted the connection and closed it: ${said} (does it expect TLS, or is it not an HTTP server?)`;
    case 'http_4xx':
      return `the target ${url} rejects a lookup (${said}): check the credentials, the path and the protocol`;
    case 'http_5xx':
      return `the target ${url} failed a lookup: ${said}`;
    case 'integrity':
      return `the target ${url} is not a cache: it answered 200 for a key that does not exist`;
    case 'protocol':
    case 'lost':
    case 'dropped':
      return `the target ${url} does not answer like a cache: ${said}`;
  }
}

/** Without user-info. */
function shown(text: string): string {
  const url = new URL(text);
  url.username = '';
  url.password = '';
  return url.href;
}
