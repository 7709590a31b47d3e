import type { Socket } from 'node:net';
import type { Sha256 } from '../../../core/index.ts';
import type { UniversalResponse } from '../../../protocols/index.ts';
import type { EntryKey } from '../../../storage/index.ts';
import type { HeadParser } from './head-parser.ts';
import type { FastPathHost, ServedRequest } from './host.ts';

/**
 * The request that a connection works on. One object serves all requests of its connection, one
 * after the other: this is the hot path, and the next request allocates nothing here.
 */
export class RequestInHand {
  method: ServedRequest['method'] = 'GET';
  key: EntryKey = noKey;
  namespace = '';
  /** Whether it was begun and not yet answered. */
  isUnderWay = false;
  /** Whether its answer ends the connection. */
  closesAfter = false;
  /** By `performance.now()`; 0 = the connection had no request yet. */
  startedMs = 0;

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
    const instanceEnd = hashStart - (space === 'cas' ? '/cas/' : '/ac/').length;
    const namespace =
      instanceEnd > pathStart ? bytes.toString('latin1', pathStart + 1, instanceEnd) : '';
    if (namespace !== '' && !host.isInstance(namespace)) return false;
    const authorization =
      head.authorizationEnd === 0
        ? undefined
        : bytes.toString('latin1', head.authorizationStart, head.authorizationEnd);
    if (!host.permits(authorization, method === 'PUT' ? 'write' : 'read', socket)) return false;
    const hash = bytes.toString('latin1', hashStart, hashStart + 64) as Sha256;
    this.method = method;
    this.namespace = namespace;
    this.key = space === 'cas' ? { space, hash } : { space, namespace, key: hash };
    this.closesAfter = head.close;
    this.startedMs = performance.now();
    this.isUnderWay = true;
    host.begun();
    return true;
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

  /** Reports what came of it. */
  end(host: FastPathHost, status: number): void {
    this.isUnderWay = false;
    host.ended({
      method: this.method,
      space: this.key.space,
      status,
      durationMs: performance.now() - this.startedMs,
    });
  }
}

/** Stands in until the first request. */
const noKey: EntryKey = { space: 'cas', hash: '' as Sha256 };
