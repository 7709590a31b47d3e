import { type ListenerScheme, listenerSchemes, type Place } from '../core/index.ts';
import { defaultHost, type ListenConfig } from './areas/listen.ts';

/** The path of the socket that a host setting names; `undefined` where it names a host or an address. */
export function socketPathOf(host: string): string | undefined {
  return host.startsWith('unix:') ? host.slice('unix:'.length) : undefined;
}

/** The place of the HTTP listener. */
export function httpPlace({ host, port }: ListenConfig): Place {
  const path = socketPathOf(host);
  return path === undefined ? { host, port } : { path };
}

/**
 * The place of another protocol's listener; `undefined`: none. A socket needs no port. A port is on
 * the host that HTTP has, or on the loopback where that is a socket.
 */
export function otherPlace(listen: ListenConfig, scheme: ListenerScheme): Place | undefined {
  const own = listen[`${scheme}Host`];
  const path = own === undefined ? undefined : socketPathOf(own);
  if (path !== undefined) return { path };
  const port = listen[`${scheme}Port`];
  if (port === undefined) return undefined;
  const shared = socketPathOf(listen.host) === undefined ? listen.host : defaultHost;
  return { host: own ?? shared, port };
}

/** All places at which a server listens for clients. */
export function placesOf(listen: ListenConfig): readonly Place[] {
  const others = listenerSchemes.map((scheme) => otherPlace(listen, scheme));
  return [httpPlace(listen), ...others].filter((place) => place !== undefined);
}

/** The paths of the sockets among them. */
export function socketPathsOf(listen: ListenConfig): readonly string[] {
  return placesOf(listen).flatMap((place) => ('path' in place ? [place.path] : []));
}
