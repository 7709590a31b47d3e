import type { Socket } from 'node:net';
import type { Cache, Caller } from '../../../cache/index.ts';
import type { EntryKey } from '../../../storage/index.ts';
import type { OutputBudget } from '../../listener/output-budget.ts';

/** What a fast connection needs of the server around it. */
export interface FastPathHost {
  readonly cache: Cache;
  readonly output: OutputBudget;
  /**
   * What who sends this Authorization header may do in a namespace; `undefined` for somebody unknown.
   * Where it is not enough, the full server says why.
   */
  grantFor(authorization: string | undefined, namespace: string, socket: Socket): Grant | undefined;
  /** Longest head that is read here, at most {@link fastHeadBytesMax}. */
  readonly headBytesMax: number;
  /** Whether the Host that lies there in `bytes` may be served. Where not, the full server refuses it. */
  takesHost(bytes: Buffer, start: number, end: number): boolean;
  /** Whether a path's prefix is an instance name. Where not, the full server knows what it is. */
  isInstance(prefix: string): boolean;
  /** Gives a socket to the full HTTP server; `bytes` were read from it and not answered. */
  handOver(socket: Socket, bytes: Buffer): void;
  /** Whether the next answer has to announce that the connection closes. */
  isDraining(): boolean;
  /** Called when a request begins, and again with its outcome. */
  begun(): void;
  ended(request: ServedRequest): void;
  /** Called with what a connection threw that it does not know; that connection ends, no other. */
  failed(error: unknown): void;
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
  readonly key: EntryKey;
  readonly caller: Caller;
  readonly socket: Socket;
  readonly status: number;
  readonly durationMs: number;
}
