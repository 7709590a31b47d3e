import { CacheError, type Logger } from '../../../../core/index.ts';
import { CallSlots } from '../engine/call-slots.ts';
import { EngineCalls, type Failure } from '../engine/engine-calls.ts';
import { NoObjectError, type ObjectStore, RefusedError } from './object-store.ts';

/** What {@link ObjectCalls} work with. */
export interface ObjectCallsOptions {
  /** How messages name the object store. */
  readonly where: string;
  /** How long one attempt of a request, or the wait for more of a body, may take, milliseconds. */
  readonly timeoutMs: number;
  readonly logger: Logger;
}

/** One request; it ends by its signal. */
export type ObjectRequest<T> = (store: ObjectStore, signal: AbortSignal) => Promise<T>;

/** Requests to an object store that never hang: see {@link EngineCalls}. */
export class ObjectCalls {
  readonly timeoutMs: number;
  /** Bodies that may be on their way at once; each holds a part in memory. */
  readonly uploads = new CallSlots(uploadsMax, waitingCallsMax, 'their turn to be sent to S3');
  readonly #store: ObjectStore;
  readonly #calls: EngineCalls;

  constructor(store: ObjectStore, { where, timeoutMs, logger }: ObjectCallsOptions) {
    this.#store = store;
    this.timeoutMs = timeoutMs;
    this.#calls = new EngineCalls({
      engine: 'S3',
      where,
      callsMax: objectCallsMax,
      waitingCallsMax,
      deadlineMs: attemptsMax * timeoutMs,
      attemptTimeoutMs: timeoutMs,
      attemptsMax,
      retriesSavedMax: 50,
      retryWaitMs: 100,
      retryWaitMsMax: 1_000,
      probeIntervalMsMax: 1_000,
      probe: () => this.#attempt((objects, signal) => objects.check(signal), timeoutMs, undefined),
      sort: (error) => this.#sorted(error),
      logger,
    });
  }

  /** Whether it is known not to answer at the moment. */
  get isAway(): boolean {
    return this.#calls.isAway;
  }

  /** @throws {CacheError} `unavailable` where it is known not to answer at the moment. */
  assertAnswering(): void {
    this.#calls.assertAnswering();
  }

  /**
   * @param signal ends the request and its retries.
   * @throws {CacheError} `unavailable`; `damaged` where the object is gone; `aborted`; `overloaded`.
   */
  run<T>(request: ObjectRequest<T>, signal?: AbortSignal): Promise<T> {
    return this.#calls.run((limitMs) => this.#attempt(request, limitMs, signal), signal);
  }

  /**
   * Waits for more of a body.
   * @throws {CacheError} `aborted`; what the promise throws, or that it is late.
   */
  more<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
    return this.#calls.limits.keep(promise, this.timeoutMs, signal);
  }

  /** Waits before a body that broke off is read on. @throws {CacheError} where it is not to be. */
  waitToReadOn(error: unknown, failures: number, signal: AbortSignal): Promise<void> {
    return this.#calls.waitToRetry(error, failures, { signal });
  }

  /** Stops asking, and waits for nothing. */
  close(): void {
    this.#calls.stop();
    this.#store.close();
  }

  async #attempt<T>(
    request: ObjectRequest<T>,
    limitMs: number,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    const end = new AbortController();
    const stop = signal === undefined ? end.signal : AbortSignal.any([end.signal, signal]);
    try {
      return await this.#calls.limits.keep(request(this.#store, stop), limitMs, signal);
    } catch (error) {
      end.abort();
      throw error;
    }
  }

  #sorted(error: unknown): Failure {
    if (error instanceof NoObjectError) {
      return new CacheError('damaged', 'the object of a stored entry is gone', { cause: error });
    }
    return error instanceof RefusedError
      ? this.#calls.unavailable(error.message, error)
      : 'in trouble';
  }
}

/** Requests under way in one process. A body that is read holds no place after its head has come. */
export const objectCallsMax = 64;
const waitingCallsMax = 4_096;
const uploadsMax = 32;
const attemptsMax = 3;
