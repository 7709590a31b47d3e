import type { OperationContext } from '../../scenario/scenario.ts';
import { createRandom, type Random } from '../../statistics/random.ts';
import { type LoadConnection, openConnection } from '../../transport/load-connection.ts';
import type { DeadlineSweep } from '../../transport/shared/deadline-sweep.ts';
import type { Endpoint } from '../../transport/shared/endpoint.ts';

/** One client of the run: its connection, its random stream, and the operation it is at. */
export class LoadClient implements OperationContext {
  readonly client: number;
  readonly http: LoadConnection;
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
  /** Open loop: what the schedule says of the operation under way. */
  step = 0;
  // Properties, not methods: a scenario may take them out of its context.
  readonly random: Random;
  readonly pause = (ms: number): Promise<void> => this.#pause(ms);

  constructor(options: LoadClientOptions) {
    this.client = options.client;
    this.runId = options.runId;
    this.signal = options.signal;
    this.http = openConnection(options.endpoint, options.sweep);
    this.random = createRandom(options.seed, options.client + 1);
  }

  get iteration(): number {
    return this.begun - 1;
  }

  async #pause(ms: number): Promise<void> {
    const from = performance.now();
    const leftMs = this.http.deadlineMs - from;
    await sleep(ms, this.signal);
    const to = performance.now();
    this.http.deadlineMs = to + leftMs;
    this.pausedMs += to - from;
  }
}

export interface LoadClientOptions {
  /** 0-based, over all workers. */
  readonly client: number;
  readonly runId: string;
  readonly seed: number;
  readonly endpoint: Endpoint;
  readonly sweep: DeadlineSweep;
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
