import { loadProtocolOf } from '../../protocols/load-protocols.ts';
import type { ResolvedConfig } from '../config/config.ts';
import { storeBound } from '../config/serve-args.ts';
import { namingMachineErrors } from '../errors.ts';
import type { EndpointConfig } from '../transport/shared/endpoint.ts';
import { type EmbeddedServerOptions, startEmbeddedServer } from './embedded-server.ts';

/** The system under test, reachable by URL. */
export interface Target {
  readonly endpoint: EndpointConfig;
  /** The address of the server's statistics; `undefined` where that is not known. */
  readonly statsEndpoint: EndpointConfig | undefined;
  readonly isEmbedded: boolean;
  /** The id of the process that the run started. */
  readonly pid: number | undefined;
  /** Ends what the run started; leaves what it did not. */
  stop(): Promise<void>;
}

/**
 * Reaches the target, or starts it.
 * @throws {LoadTestError} `no_target` when the embedded server does not start; `interrupted` before it did; `machine`.
 */
export async function startTarget(config: ResolvedConfig, signal: AbortSignal): Promise<Target> {
  const { target } = config;
  if (target.kind === 'url') {
    const endpoint: EndpointConfig = {
      url: target.url,
      headers: target.headers,
      tls: target.tls,
    };
    return {
      endpoint,
      statsEndpoint: /^https?:/.test(target.url) ? endpoint : undefined,
      isEmbedded: false,
      pid: undefined,
      stop: () => Promise.resolve(),
    };
  }
  const scheme = loadProtocolOf(config.protocol).scheme;
  const ownPort = scheme === 'http' ? [] : [`--${scheme}-port`, '0'];
  const { program, serveArgs, storeBytesMax } = target;
  const bound = storeBytesMax === undefined ? [] : [storeBound(storeBytesMax)];
  const options: EmbeddedServerOptions = {
    serveArgs: [...ownPort, ...serveArgs, ...bound],
    program,
    scheme,
    signal,
  };
  const server = await namingMachineErrors(() => startEmbeddedServer(options));
  const at = (url: string): EndpointConfig => ({ url, headers: {}, tls: { insecure: false } });
  return {
    endpoint: at(server.protocolUrl),
    statsEndpoint: at(server.url),
    isEmbedded: true,
    pid: server.pid,
    stop: () => server.stop(),
  };
}
