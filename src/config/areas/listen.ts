import { integer, integerOr, type SettingsOf, text } from '../../core/settings/index.ts';

/** Where the server listens. */
export interface ListenConfig {
  readonly host: string;
  /** 0 = a free one. */
  readonly port: number;
  /** Where gRPC (the Remote Execution API) is spoken; `undefined`: nowhere. 0 = a free one. */
  readonly grpcPort: number | undefined;
  /** Where the Redis protocol is spoken; `undefined`: nowhere. 0 = a free one. */
  readonly redisPort: number | undefined;
  /** Where the dashboard is, on the loopback; `undefined`: there is none. 0 = a free one. */
  readonly uiPort: number | undefined;
  readonly tlsCert: string | undefined;
  readonly tlsKey: string | undefined;
}

export const defaultHost = '127.0.0.1';
export const defaultPort = 8080;
export const defaultUiPort = 8081;

export const listenSettings: SettingsOf<ListenConfig> = {
  host: {
    name: 'host',
    ...text('a host name or address'),
    defaultValue: defaultHost,
    about: 'address to listen on; any but a loopback one requires --tokens or --insecure-no-auth',
    flag: '--host <host>',
    needsRestart: true,
  },
  port: {
    name: 'port',
    ...integer(0, 65_535),
    defaultValue: defaultPort,
    about: 'port to listen on; 0 chooses a free one',
    flag: '--port <port>',
    needsRestart: true,
  },
  grpcPort: {
    name: 'grpcPort',
    ...integer(0, 65_535),
    defaultValue: undefined,
    about: 'port for gRPC clients (Bazel and others, grpc://); off by default',
    flag: '--grpc-port <port>',
  },
  redisPort: {
    name: 'redisPort',
    ...integer(0, 65_535),
    defaultValue: undefined,
    about: 'port for clients of the Redis protocol (ccache, sccache); off by default',
    flag: '--redis-port <port>',
  },
  uiPort: {
    name: 'ui',
    ...integerOr(defaultUiPort, 0, 65_535),
    defaultValue: undefined,
    about: `port of a dashboard for browsers on this machine, ${defaultUiPort} if --ui names none; off by default`,
    flag: '--ui [port]',
    needsRestart: true,
  },
  tlsCert: {
    name: 'tlsCert',
    ...text('the path of a PEM file'),
    defaultValue: undefined,
    about: 'certificate chain for HTTPS, reloaded on SIGHUP',
    flag: '--tls-cert <file>',
  },
  tlsKey: {
    name: 'tlsKey',
    ...text('the path of a PEM file'),
    defaultValue: undefined,
    about: 'private key for HTTPS, reloaded on SIGHUP',
    flag: '--tls-key <file>',
  },
};
