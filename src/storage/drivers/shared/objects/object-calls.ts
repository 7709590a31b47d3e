import { setTimeout as sleep } from 'node:timers/promises';
import { CacheError, type Logger, messageOf } from '../../../../core/index.ts';
import { abortedError } from '../../../body.ts';
import { Breaker } from '../engine/breaker.ts';
import { CallSlots } from '../engine/call-slots.ts';
import { RetryBudget } from '../engine/retry-budget.ts';
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

/**
 * Requests to an object store that never hang: each attempt has a time limit, is made again with full
 * jitter within a budget that all share, and fails at once while the breaker is open.
 */
export class ObjectCalls {
  readonly timeoutMs: number;
  /** Bodies that may be on their way at once; each holds a part in memory. */
  readonly uploads = new CallSlots(uploadsMax, waitingCallsMax, 'their turn to be sent to S3');
  readonly #store: ObjectStore;
  readonly #where: string;
  readonly #breaker: Breaker;
  readonly #slots = new CallSlots(objectCallsMax, waitingCallsMax, 'S3');
  readonly #budget = new RetryBudget(retryShare, retriesSavedMax);

  constructor(store: ObjectStore, { where, timeoutMs, logger }: ObjectCallsOptions) {
    this.#store = store;
    this.#where = where;
    this.timeoutMs = timeoutMs;
    this.#breaker = new Breaker({
      failuresMax: 5,
      probeIntervalMsMax: 1_000,
      probe: () => this.#attempt((objects, signal) => objects.check(signal), undefined),
      onOpen: (reason) => logger.error({ reason }, `S3 at ${where} does not answer`),
      onClose: () => logger.info({}, `S3 at ${where} answers again`),
    });
  }

  /** Whether it is known not to answer at the moment. */
  get isAway(): boolean {
    return this.#breaker.openReason !== undefined;
  }

  /**
   * @param signal ends the request and its retries.
   * @throws {CacheError} `unavailable`; `damaged` where the object is gone; `aborted`; `overloaded`.
   */
  async run<T>(request: ObjectRequest<T>, signal?: AbortSignal): Promise<T> {
    const limit = AbortSignal.timeout(attemptsMax * this.timeoutMs);
    const patience = signal === undefined ? limit : AbortSignal.any([limit, signal]);
    if (!(await this.#slots.take(patience))) {
      if (signal?.aborted === true) throw abortedError(signal);
      throw this.#unavailable('no request ended in time to make room for this one');
    }
    try {
      this.#budget.called();
      for (let attempt = 1; ; attempt += 1) {
        this.assertAnswering();
        try {
          const answer = await this.#attempt(request, signal);
          this.#breaker.succeeded();
          return answer;
        } catch (error) {
          await this.retry(error, attempt, signal);
        }
      }
    } finally {
      this.#slots.give();
    }
  }

  /** Waits before another attempt. @throws {CacheError} where none is to be made. */
  async retry(error: unknown, attempt: number, signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted === true) throw abortedError(signal);
    if (error instanceof CacheError) throw error;
    if (error instanceof NoObjectError) {
      throw new CacheError('damaged', 'the object of a stored entry is gone', { cause: error });
    }
    const reason = messageOf(error);
    if (error instanceof RefusedError) throw this.#unavailable(reason, error);
    this.#breaker.failed(reason);
    this.assertAnswering();
    if (attempt >= attemptsMax || !this.#budget.takeRetry()) throw this.#unavailable(reason, error);
    await sleep(Math.random() * Math.min(retryWaitMsMax, retryWaitMs * 2 ** attempt));
  }

  /** Stops asking, and waits for nothing. */
  close(): void {
    this.#breaker.stop();
    this.#store.close();
  }

  async #attempt<T>(request: ObjectRequest<T>, signal: AbortSignal | undefined): Promise<T> {
    const limit = new AbortController();
    const stop = signal === undefined ? limit.signal : AbortSignal.any([limit.signal, signal]);
    return await inTime(this.timeoutMs, request(this.#store, stop), {
      signal,
      onLate: () => limit.abort(),
    });
  }

  /** @throws {CacheError} `unavailable` where it is known not to answer at the moment. */
  assertAnswering(): void {
    const reason = this.#breaker.openReason;
    if (reason !== undefined) throw this.#unavailable(reason);
  }

  #unavailable(reason: string, cause?: unknown): CacheError {
    const message = `S3 at ${this.#where} does not answer: ${reason}`;
    return new CacheError('unavailable', message, { cause });
  }
}

/** Waits for a promise no longer than its time, nor than the signal; whoever is behind it may hang. */
export async function inTime<T>(
  timeoutMs: number,
  promise: Promise<T>,
  { signal, onLate }: { readonly signal: AbortSignal | undefined; readonly onLate: () => void },
): Promise<T> {
  return await new Promise<T>((resolve, reject) => {
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    };
    const fail = (error: Error): void => {
      end();
      onLate();
      reject(error);
    };
    const timer = setTimeout(
      () => fail(new Error(`there was no answer within ${timeoutMs} ms`)),
      timeoutMs,
    );
    const onAbort = (): void => {
      if (signal !== undefined) fail(abortedError(signal));
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    promise.then(
      (value) => {
        end();
        resolve(value);
      },
      (error: unknown) => {
        end();
        reject(error);
      },
    );
    if (signal?.aborted === true) onAbort();
  });
}

/** Requests under way in one process. A body that is read holds no place after its head has come. */
export const objectCallsMax = 64;
/** Requests that wait for that; each is a client that waits. */
const waitingCallsMax = 4_096;
const uploadsMax = 32;
const attemptsMax = 3;
const retryShare = 0.1;
const retriesSavedMax = 50;
const retryWaitMs = 50;
const retryWaitMsMax = 1_000;
