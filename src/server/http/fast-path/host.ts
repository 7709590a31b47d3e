import type { Socket } from 'node:net';
import type { Cache, Caller } from '../../../cache/index.ts';

/** What a fast connection needs of the server around it. */
export interface FastPathHost {
  readonly cache: Cache;
  /**
   * What who sends this Authorization header may do in a namespace; `undefined` for somebody unknown.
   * Where it is not enough, the full server says why.
   */
  grantFor(authorization: string | undefined, namespace: string, socket: Socket): Grant | undefined;
  /** Whether a path's prefix is an instance name. Where not, the full server knows what it is. */
  isInstance(prefix: string): boolean;
  /** Gives a socket to the full HTTP server; `bytes` were read from it and not answered. */
  handOver(socket: Socket, bytes: Buffer): void;
  /** Whether the next answer has to announce that the connection closes. */
  isDraining(): boolean;
  /** Called when a request begins, and again with its outcome. */
  begun(): void;
  ended(request: ServedRequest): void;
  /** PUT bodies up to this size are taken here, whole; larger ones stream through the full server. */
  readonly bodyBytesMax: number;
}

/** What somebody may do in one namespace: decided once, for all requests that are alike in both. */
export interface Grant {
  readonly caller: Caller;
  readonly mayRead: boolean;
  readonly mayWrite: boolean;
}

/** A request that was answered, or given up with its connection: then with status 499, as nginx has it. */
export interface ServedRequest {
  readonly method: 'GET' | 'HEAD' | 'PUT';
  readonly space: 'ac' | 'cas';
  readonly status: number;
  readonly durationMs: number;
}
