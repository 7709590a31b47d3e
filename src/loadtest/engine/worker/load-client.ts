import type {
  BodySink,
  HttpExchange,
  HttpReply,
  HttpRequest,
} from '../../../protocols/shared/load-client.ts';
import type { SilenceWatch } from '../../metrics/silence.ts';
import type { OperationContext } from '../../operation/operation.ts';
import { createRandom, type Random } from '../../statistics/random.ts';
import type { LoadConnection } from '../../transport/load-connection.ts';

/**
 * One client of the run: its random stream, the operation it is at, and the connection that it has.
 * In a closed loop the connection is its own. In an open one it is lent for as long as the operation
 * needs it: not while the operation waits for something other than the target.
 */
export class LoadClient implements OperationContext {
  readonly client: number;
  readonly runId: string;
  readonly signal: AbortSignal;
  /** Operations begun, the one under way included. */
  begun = 0;
  isBusy = false;
  /** From when the operation under way counts: its send, or the instant it was due. */
  fromMs = 0;
  /** When the operation under way was sent. */
  sentMs = 0;
  pausedMs = 0;
  /** How long the operation waited for another connection after it had given one back. */
  waitedMs = 0;
  /** How long the last operation was with the target. */
  serviceMs = 0;
  /** Open loop: what the schedule knows about the operation under way. */
  step = 0;
  /** Whether the operation before this one got no connection. */
  wasRefused = false;
  // Properties, not methods: a scenario may take them out of its context.
  readonly random: Random;
  readonly http: HttpExchange = { exchange: (request, onBody) => this.#exchange(request, onBody) };
  /** Set for the measured run: what the client does while it pauses is not a silence of the target. */
  silence: SilenceWatch | undefined;
  readonly pause = (ms: number): Promise<void> => this.#pause(ms);
  #connection: LoadConnection | undefined;
  #deadlineMs = Number.POSITIVE_INFINITY;
  readonly #lender: ConnectionLender | undefined;

  constructor(options: LoadClientOptions) {
    this.client = options.client;
    this.runId = options.runId;
    this.signal = options.signal;
    this.random = createRandom(options.seed, options.client + 1);
    if ('exchange' in options.connection) this.#connection = options.connection;
    else this.#lender = options.connection;
  }

  get iteration(): number {
    return this.begun - 1;
  }

  /** By when the operation under way must be over (performance.now()). */
  get deadlineMs(): number {
    return this.#deadlineMs;
  }

  set deadlineMs(deadlineMs: number) {
    this.#deadlineMs = deadlineMs;
    if (this.#connection !== undefined) this.#connection.deadlineMs = deadlineMs;
  }

  /** Uses a connection until `release`. */
  use(connection: LoadConnection): void {
    this.#connection = connection;
    connection.deadlineMs = this.#deadlineMs;
  }

  /** Gives a lent connection back: the next exchange borrows another. */
  release(): void {
    const connection = this.#connection;
    if (connection === undefined || this.#lender === undefined) return;
    this.#connection = undefined;
    connection.deadlineMs = Number.POSITIVE_INFINITY;
    this.#lender.takeBack(connection);
  }

  // Hands on the connection's own promise: a second one around it would cost turns of the queue.
  #exchange(request: HttpRequest, onBody?: BodySink): Promise<HttpReply> {
    if (this.#connection !== undefined) return this.#connection.exchange(request, onBody);
    return this.#borrow().then((connection) => connection.exchange(request, onBody));
  }

  async #borrow(): Promise<LoadConnection> {
    this.use(await this.#lender!.lend(this));
    return this.#connection!;
  }

  async #pause(ms: number): Promise<void> {
    const from = performance.now();
    const leftMs = this.#deadlineMs - from;
    this.release();
    this.silence?.pause();
    await sleep(ms, this.signal);
    const to = performance.now();
    this.silence?.begin(to);
    this.deadlineMs = to + leftMs;
    this.pausedMs += to - from;
  }
}

/** Lends connections to clients that have none of their own. */
export interface ConnectionLender {
  /**
   * Resolves when one is free.
   * @throws {OperationFailure} `timeout` when the client's deadline has passed before.
   */
  lend(client: LoadClient): Promise<LoadConnection>;
  takeBack(connection: LoadConnection): void;
}

export interface LoadClientOptions {
  /** 0-based, over all workers. */
  readonly client: number;
  readonly runId: string;
  readonly seed: number;
  /** Its own, or who lends it one. */
  readonly connection: LoadConnection | ConnectionLender;
  readonly signal: AbortSignal;
}

/** Resolves after `ms`, or at once when the signal aborts. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });
}
