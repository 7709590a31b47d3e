import { isIP } from 'node:net';
import { type ListenerScheme, listenerSchemes, otherListeners } from '../../core/index.ts';
import {
  integer,
  integerOr,
  list,
  type Setting,
  type SettingsOf,
  text,
} from '../../core/settings/index.ts';

/** `grpcPort`, `redisPort`: where such clients are served; `undefined`: nowhere. 0 = a free one. */
type OtherPorts = { readonly [Scheme in ListenerScheme as `${Scheme}Port`]: number | undefined };
/** `grpcHost`, `redisHost`: set where that is elsewhere than HTTP, in the form of {@link ListenConfig.host}. */
type OtherHosts = { readonly [Scheme in ListenerScheme as `${Scheme}Host`]: string | undefined };

/** Where the server listens. */
export interface ListenConfig extends OtherPorts, OtherHosts {
  /** A name or an address, or `unix:` and the path of a socket. */
  readonly host: string;
  /** 0 = a free one. */
  readonly port: number;
  /** Where the dashboard is, on the loopback; `undefined`: there is none. 0 = a free one. */
  readonly uiPort: number | undefined;
  /** What the Host of a request may be beside addresses and `localhost`, where there are no tokens. */
  readonly allowedHosts: readonly string[];
  readonly tlsCert: string | undefined;
  readonly tlsKey: string | undefined;
}

export const defaultHost = '127.0.0.1';
export const defaultPort = 8080;
export const defaultUiPort = 8081;

/** What the kernel takes for a socket's path, in bytes: 104 with its end on macOS, 108 on Linux. */
const socketPathBytesMax = 103;

/** A host name or an address, one of IPv6 in brackets or without, or a socket, also as a URL has it. */
const place: Pick<Setting<string>, 'read' | 'takes'> = {
  read: (given) => {
    const path = /^unix:(?:\/\/(?=\/))?(.*)$/.exec(given)?.[1];
    if (path !== undefined) {
      const isPath = path !== '' && Buffer.byteLength(path) <= socketPathBytesMax;
      return isPath ? `unix:${path}` : undefined;
    }
    const bracketed = /^\[(.*)\]$/.exec(given)?.[1];
    if (bracketed !== undefined) return isIP(bracketed) === 6 ? bracketed : undefined;
    return given === '' ? undefined : given;
  },
  takes: 'a host name, an address, or unix:PATH',
};

function portSetting(scheme: ListenerScheme): Setting<number | undefined> {
  const { clients, examples } = otherListeners[scheme];
  return {
    name: `${scheme}Port`,
    ...integer(0, 65_535),
    defaultValue: undefined,
    about: `port for ${clients} (${examples}); off by default`,
    flag: `--${scheme}-port <port>`,
  };
}

function hostSetting(scheme: ListenerScheme): Setting<string | undefined> {
  return {
    name: `${scheme}Host`,
    ...place,
    defaultValue: undefined,
    about: `address or socket for ${otherListeners[scheme].clients}; the address of --host by default`,
    flag: `--${scheme}-host <host>`,
  };
}

function ofEachScheme<const End extends string, Made>(
  end: End,
  make: (scheme: ListenerScheme) => Made,
): { readonly [Scheme in ListenerScheme as `${Scheme}${End}`]: Made } {
  const entries = listenerSchemes.map((scheme) => [`${scheme}${end}`, make(scheme)]);
  return Object.fromEntries(entries) as ReturnType<typeof ofEachScheme<End, Made>>;
}

export const listenSettings: SettingsOf<ListenConfig> = {
  host: {
    name: 'host',
    ...place,
    defaultValue: defaultHost,
    about:
      'address or socket to listen on; any address that is neither loopback nor a socket requires --tokens or --insecure-no-auth',
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
  ...ofEachScheme('Port', portSetting),
  ...ofEachScheme('Host', hostSetting),
  uiPort: {
    name: 'ui',
    ...integerOr(defaultUiPort, 0, 65_535),
    defaultValue: undefined,
    about: `port of a dashboard for browsers on this machine, ${defaultUiPort} if --ui names none; off by default`,
    flag: '--ui [port]',
    needsRestart: true,
  },
  allowedHosts: {
    name: 'allowedHosts',
    ...list('host names separated by commas', (name) => /^[\w.-]+$/.test(name)),
    defaultValue: [],
    about:
      'names by which clients may address a loopback server without --tokens, as a proxy passes them on',
    flag: '--allowed-hosts <names>',
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
