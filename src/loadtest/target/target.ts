import type { ResolvedConfig } from '../config/config.ts';
import type { EndpointConfig } from '../http/endpoint.ts';
import { startEmbeddedServer } from './embedded-server.ts';

/** The system under test, reachable by URL. */
export interface Target {
  readonly endpoint: EndpointConfig;
  readonly isEmbedded: boolean;
  /** Of the process that the run started. */
  readonly pid: number | undefined;
  /** Ends what the run started; leaves what it did not. */
  stop(): Promise<void>;
}

/** @throws {CommandError} `noAnswer` when the embedded server does not start; `interrupted` before it did. */
export async function startTarget(config: ResolvedConfig, signal: AbortSignal): Promise<Target> {
  const { target } = config;
  if (target.kind === 'url') {
    return {
      endpoint: { url: target.url, headers: target.headers, tls: target.tls },
      isEmbedded: false,
      pid: undefined,
      stop: () => Promise.resolve(),
    };
  }
  const server = await startEmbeddedServer({ ...target, signal });
  return {
    endpoint: { url: server.url, headers: {}, tls: { insecure: false } },
    isEmbedded: true,
    pid: server.pid,
    stop: () => server.stop(),
  };
}
