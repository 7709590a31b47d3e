import type { Server as HttpServer } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import type { Socket } from 'node:net';
import { FastPath, type FastPathOptions } from './fast-path.ts';
import type { FastPathHost } from './host.ts';

/**
 * Puts the fast path in front of Node's HTTP server: new connections come here first, and go to
 * Node's own connection listener, with the bytes already read, when the fast path gives them up.
 */
export function putInFront(
  server: HttpServer | HttpsServer,
  event: 'connection' | 'secureConnection',
  host: Omit<FastPathHost, 'handOver'>,
  options: FastPathOptions,
): FastPath {
  const own = server.listeners(event) as ((socket: Socket) => void)[];
  server.removeAllListeners(event);
  const fast = new FastPath(
    {
      ...host,
      handOver: (socket, bytes) => {
        // Paused, so that nothing flows between two readers; what was read goes back to the front.
        socket.pause();
        socket.unshift(bytes);
        for (const listener of own) listener.call(server, socket);
        socket.resume();
      },
    },
    options,
  );
  server.on(event, (socket: Socket) => fast.accept(socket));
  return fast;
}
