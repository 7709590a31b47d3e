import net, { type Socket } from 'node:net';
import type { Place } from '../../core/index.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';

/** A listening socket and the connections that came in through it. */
export interface Listener {
  /** @returns the port; 0 for a socket. @throws the system's error, such as `EADDRINUSE`. */
  listen(place: Place): Promise<number>;
  /** Takes no more connections. Open connections are still served. */
  stopAccepting(): void;
  connectionsOpen(): number;
  /** Resolves when no connection is open, at once if none is. Only after {@link stopAccepting}. */
  drained(): Promise<void>;
  /** Closes connections on which nothing is under way. */
  closeIdle(): void;
  /** Closes all connections, whatever is under way. */
  closeAll(): void;
}

/** A certificate and its key: PEM texts. */
export interface TlsIdentity {
  readonly cert: string;
  readonly key: string;
}

/** What one protocol's listener knows better than {@link createListener}. */
export interface OwnListening {
  closeIdle(): void;
  /** Called after the listening socket is closed. */
  onStopAccepting?(): void;
  /** Called before the sockets are destroyed. */
  onCloseAll?(): void;
}

/** Makes a listener of a server of Node's whose connections are tracked. */
export function createListener(
  server: net.Server,
  connections: Connections,
  own: OwnListening,
): Listener {
  return {
    listen: (place) => listen(server, place),
    stopAccepting: () => {
      // Servers of HTTP end idle connections in their own close(), and one of these may have a
      // request on the wire. net.Server's only closes the listening socket.
      net.Server.prototype.close.call(server);
      own.onStopAccepting?.();
    },
    connectionsOpen: () => connections.open.size,
    drained: () => connections.drained(),
    closeIdle: own.closeIdle,
    closeAll: () => {
      own.onCloseAll?.();
      for (const socket of connections.open) socket.destroy();
    },
  };
}

/** The open connections of one listener. */
export interface Connections {
  readonly open: ReadonlySet<Socket>;
  /** Resolves when none is open. */
  drained(): Promise<void>;
}

/**
 * Counts a server's connections and bounds their number: more are closed as they come.
 * @param event what announces a connection: with `secureConnection` it counts from its TLS handshake on.
 */
export function trackConnections(
  server: net.Server,
  telemetry: Telemetry,
  connectionsMax: number,
  event: 'connection' | 'secureConnection' = 'connection',
): Connections {
  const open = new Set<Socket>();
  const onLast: (() => void)[] = [];
  server.maxConnections = connectionsMax;
  server.on('drop', () => {
    telemetry.connectionsRefused += 1;
  });
  server.on(event, (socket: Socket) => {
    open.add(socket);
    telemetry.connectionsAccepted += 1;
    telemetry.connectionsOpen += 1;
    socket.once('close', () => {
      open.delete(socket);
      telemetry.connectionsOpen -= 1;
      if (open.size === 0) for (const resolve of onLast.splice(0)) resolve();
    });
  });
  return {
    open,
    drained: () =>
      new Promise((resolve) => {
        if (open.size === 0) resolve();
        else onLast.push(resolve);
      }),
  };
}

/** The kernel's queue of connections not yet accepted: builds start hundreds at once. */
const listenBacklog = 1024;

function listen(server: net.Server, place: Place): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ ...place, backlog: listenBacklog }, () => {
      server.off('error', reject);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
}
