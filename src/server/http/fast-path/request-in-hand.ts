import type { Socket } from 'node:net';
import type { Caller } from '../../../cache/index.ts';
import type { Sha256 } from '../../../core/index.ts';
import type { UniversalResponse } from '../../../protocols/index.ts';
import type { EntryKey } from '../../../storage/index.ts';
import type { HeadParser } from './head-parser.ts';
import type { FastPathHost, Grant, ServedRequest } from './host.ts';

/**
 * The request that a connection works on. One object serves all requests of its connection, one
 * after the other: this is the hot path, and the next request allocates nothing here.
 */
export class RequestInHand {
  method: ServedRequest['method'] = 'GET';
  key: EntryKey = noKey;
  /** Whether it was begun and not yet answered. */
  isUnderWay = false;
  /** Whether its answer ends the connection. */
  closesAfter = false;
  /** By `performance.now()`; 0 = the connection had no request yet. */
  startedMs = 0;
  /** What the last credential may do in the last namespace: mostly, the next request comes with the same. */
  #grant: Grant | undefined;
  #authorization: string | undefined;

  /** The caller; set once a request was begun. */
  get caller(): Caller {
    return (this.#grant as Grant).caller;
  }

  /**
   * Takes the head that was just parsed from `bytes`.
   * @returns `false` where the full server must answer it: then nothing has changed.
   */
  begin(head: HeadParser, bytes: Buffer, host: FastPathHost, socket: Socket): boolean {
    const { method, space, contentLength, hashStart, pathStart } = head;
    if (method === 'PUT') {
      if (contentLength === -1 || contentLength > host.bodyBytesMax) return false;
    } else if (contentLength > 0) {
      return false;
    }
    if (!host.takesHost(bytes, head.hostStart, head.hostEnd)) return false;
    const instanceEnd = hashStart - (space === 'cas' ? '/cas/' : '/ac/').length;
    const namespace =
      instanceEnd > pathStart ? bytes.toString('latin1', pathStart + 1, instanceEnd) : '';
    if (namespace !== '' && !host.isInstance(namespace)) return false;
    const authorization =
      head.authorizationEnd === 0
        ? undefined
        : bytes.toString('latin1', head.authorizationStart, head.authorizationEnd);
    const grant = this.#grantFor(authorization, namespace, host, socket);
    if (grant === undefined || !(method === 'PUT' ? grant.mayWrite : grant.mayRead)) return false;
    const hash = bytes.toString('latin1', hashStart, hashStart + 64) as Sha256;
    this.method = method;
    this.key = space === 'cas' ? { space, hash } : { space, namespace, key: hash };
    this.closesAfter = head.close;
    this.startedMs = performance.now();
    this.isUnderWay = true;
    host.begun();
    return true;
  }

  #grantFor(
    authorization: string | undefined,
    namespace: string,
    host: FastPathHost,
    socket: Socket,
  ): Grant | undefined {
    const last = this.#grant;
    if (last?.caller.namespace === namespace && this.#authorization === authorization) return last;
    this.#grant = host.grantFor(authorization, namespace, socket);
    this.#authorization = authorization;
    return this.#grant;
  }

  /** Decides, when the answer's head is written, whether it announces the end of the connection. */
  decideClose(host: FastPathHost): boolean {
    this.closesAfter ||= host.isDraining();
    return this.closesAfter;
  }

  /** What of a response goes out: HEAD gets the head alone. */
  answerOf(response: UniversalResponse): UniversalResponse {
    return this.method === 'HEAD' ? { status: response.status, headers: {} } : response;
  }

  /** Reports its outcome. */
  end(host: FastPathHost, socket: Socket, status: number): void {
    this.isUnderWay = false;
    host.ended({
      method: this.method,
      key: this.key,
      caller: this.caller,
      socket,
      status,
      durationMs: performance.now() - this.startedMs,
    });
  }
}

/** Stands in until the first request. */
const noKey: EntryKey = { space: 'cas', hash: '' as Sha256 };
