import { connect as connectTcp, type OnReadOpts, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Endpoint } from './endpoint.ts';

/**
 * Begins a connection to an endpoint, without Nagle's delay.
 * @param onread where what arrives over plain TCP is put; TLS has buffers of its own and emits `data`.
 * @throws {Error} where this machine refuses at once.
 */
export function openSocket({ host, port, tls }: Endpoint, onread?: OnReadOpts): Socket {
  const socket =
    tls === undefined
      ? connectTcp(onread === undefined ? { host, port } : { host, port, onread })
      : connectTls({ ...tls, host, port });
  socket.setNoDelay(true);
  return socket;
}
