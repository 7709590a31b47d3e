/** A host or an address as a URL has it: one of IPv6 in brackets. */
export function urlHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

/** A URL's host as sockets take it: an address of IPv6 without brackets. */
export function socketHost(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, '$1');
}
