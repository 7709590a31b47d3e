import { isIP } from 'node:net';
import { socketPathOf } from './places.ts';

/** Whether a server that listens on this host, or at this socket, can be reached from its own machine only. */
export function isLoopback(host: string): boolean {
  if (host === 'localhost' || socketPathOf(host) !== undefined) return true;
  if (isIP(host) === 4) return host.startsWith('127.');
  if (isIP(host) !== 6 || host.includes('%')) return false;
  // In its shortest form: an address has many.
  const { hostname } = new URL(`http://[${host}]`);
  return hostname === '[::1]' || hostname.startsWith('[::ffff:7f');
}
