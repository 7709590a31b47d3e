import type {
  BodySink,
  HttpExchange,
  HttpReply,
  HttpRequest,
} from '../../../protocols/shared/load-client.ts';
import { type ConnectionObserver, unobserved } from './connection-observer.ts';
import type { Bounded, DeadlineSweep } from './deadline-sweep.ts';
import type { Endpoint } from './endpoint.ts';
import { endedByRun, type PendingExchange, runIsOver, timedOut } from './pending-exchange.ts';

/**
 * One client's connection, whatever is sent over it: one exchange at a time, each with a deadline,
 * and none once it was closed for good. What fails an exchange ends the connection below it, and
 * the next exchange opens another.
 */
export abstract class ExchangeConnection implements HttpExchange, Bounded {
  /** By when the exchanges of the operation under way must be over (performance.now()). */
  deadlineMs: number = Number.POSITIVE_INFINITY;
  /** Connections made so far. */
  opened = 0;
  protected readonly endpoint: Endpoint;
  protected readonly observer: ConnectionObserver;
  protected pending: PendingExchange | undefined;
  readonly #sweep: DeadlineSweep;
  #isClosed = false;

  constructor(endpoint: Endpoint, sweep: DeadlineSweep, observer: ConnectionObserver = unobserved) {
    this.endpoint = endpoint;
    this.observer = observer;
    this.#sweep = sweep;
    sweep.add(this);
  }

  exchange(request: HttpRequest, onBody?: BodySink): Promise<HttpReply> {
    return new Promise((resolve, reject) => {
      if (this.pending !== undefined) throw new Error('one exchange at a time');
      this.pending = { request, onBody, resolve, reject, isAgain: false };
      if (this.#isClosed) this.fail(runIsOver());
      else this.begin();
    });
  }

  /** Ends the exchange under way, if any, as timed out. */
  expire(): void {
    if (this.pending !== undefined) this.fail(timedOut());
  }

  /** Closes the connection for good; an exchange under way fails as `reset`. */
  close(): void {
    this.#isClosed = true;
    this.#sweep.delete(this);
    this.fail(endedByRun());
  }

  /** Fails the exchange under way, if any, and drops the connection. */
  protected fail(error: unknown): void {
    const pending = this.pending;
    this.pending = undefined;
    this.drop();
    pending?.reject(error);
  }

  /** Sends the pending exchange, over a new connection where none is open. */
  protected abstract begin(): void;

  /** Destroys the connection, if there is one. */
  protected abstract drop(): void;
}
