import { setTimeout as sleep } from 'node:timers/promises';
import { CacheError, type Logger, messageOf } from '../../../../core/index.ts';
import { abortedError } from '../../../body.ts';
import { Breaker } from './breaker.ts';
import { CallSlots } from './call-slots.ts';
import { RetryBudget } from './retry-budget.ts';
import { TimeLimits } from './time-limits.ts';

/** What is known of an engine, and how it is called. */
export interface EngineCallsOptions {
  /** How messages name the engine, and where it is. */
  readonly engine: string;
  readonly where: string;
  /** Calls under way at once, and calls that wait for that; each of these is a client that waits. */
  readonly callsMax: number;
  readonly waitingCallsMax: number;
  /** How long a call may take, its wait for others and its retries included, milliseconds. */
  readonly deadlineMs: number;
  readonly attemptTimeoutMs: number;
  /** Attempts at one call. Default: as many as its deadline allows. */
  readonly attemptsMax?: number | undefined;
  /** Retries that all calls may make in a row after a quiet time. */
  readonly retriesSavedMax: number;
  /** The waits before retries are drawn evenly up to the first, doubled with each retry up to the second. */
  readonly retryWaitMs: number;
  readonly retryWaitMsMax: number;
  readonly probeIntervalMsMax: number;
  /** Asks for a sign of life within a time limit of its own; fails where there is none. */
  readonly probe: () => Promise<void>;
  readonly onOpen?: () => void;
  /** What a failure of an attempt says. */
  readonly sort: (error: unknown) => Failure;
  readonly logger: Logger;
}

/**
 * What a failed attempt says: an error that another attempt would meet too, that the engine is in
 * trouble, or that nothing was sent, which puts no load on it and does not show that it is dead.
 */
export type Failure = CacheError | 'in trouble' | 'unsent';

/** When no further attempt is to be made. */
export interface Patience {
  /** On the clock of `performance.now`. Default: never. */
  readonly untilMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Calls to an engine that never hang: each has a deadline, is tried again with full jitter within a
 * budget that all calls share, and fails at once while the breaker is open. So a call must do no
 * more when it is made twice.
 */
export class EngineCalls {
  readonly limits = new TimeLimits();
  readonly #options: EngineCallsOptions;
  readonly #breaker: Breaker;
  readonly #slots: CallSlots;
  readonly #budget: RetryBudget;

  constructor(options: EngineCallsOptions) {
    const { engine, where, logger } = options;
    this.#options = options;
    this.#slots = new CallSlots(options.callsMax, options.waitingCallsMax, engine);
    this.#budget = new RetryBudget(retryShare, options.retriesSavedMax);
    this.#breaker = new Breaker({
      failuresMax,
      probeIntervalMsMax: options.probeIntervalMsMax,
      probe: options.probe,
      onOpen: (reason) => {
        logger.error({ reason }, `${engine} at ${where} does not answer`);
        options.onOpen?.();
      },
      onClose: () => logger.info({}, `${engine} at ${where} answers again`),
    });
  }

  /** Whether it is known not to answer at the moment. */
  get isAway(): boolean {
    return this.#breaker.openReason !== undefined;
  }

  /** @throws {CacheError} `unavailable` where it is known not to answer at the moment. */
  assertAnswering(): void {
    const reason = this.#breaker.openReason;
    if (reason !== undefined) throw this.unavailable(reason);
  }

  /**
   * Makes one call. Where there is room, the first attempt is made in the turn of the event loop that called.
   * @param attempt is given how long it may take.
   * @param signal ends the call and its retries.
   * @throws {CacheError} `unavailable`, `overloaded`, `aborted`; what `sort` makes of a failure.
   */
  async run<T>(attempt: (limitMs: number) => Promise<T>, signal?: AbortSignal): Promise<T> {
    this.assertAnswering();
    const { deadlineMs, attemptTimeoutMs } = this.#options;
    const untilMs = performance.now() + deadlineMs;
    if (!this.#slots.takeNow()) await this.#takeSlot(signal);
    try {
      this.#budget.called();
      for (let attempts = 1; ; attempts += 1) {
        const limitMs = Math.max(1, Math.min(attemptTimeoutMs, untilMs - performance.now()));
        try {
          const answer = await attempt(limitMs);
          this.#breaker.succeeded();
          return answer;
        } catch (error) {
          await this.waitToRetry(error, attempts, { untilMs, signal });
        }
      }
    } finally {
      this.#slots.give();
    }
  }

  /**
   * Waits before another attempt.
   * @param attempts how many have failed in a row.
   * @throws {CacheError} where none is to be made.
   */
  async waitToRetry(error: unknown, attempts: number, patience: Patience): Promise<void> {
    const { untilMs = Infinity, signal } = patience;
    assertNotAborted(signal);
    const failure = error instanceof CacheError ? error : this.#options.sort(error);
    if (failure instanceof CacheError) throw failure;
    const reason = messageOf(error);
    const isUnsent = failure === 'unsent';
    if (!isUnsent) this.#breaker.failed(reason);
    this.assertAnswering();
    const { attemptsMax = Infinity, retryWaitMs, retryWaitMsMax } = this.#options;
    const waitMs = Math.random() * Math.min(retryWaitMsMax, retryWaitMs * 2 ** (attempts - 1));
    const isOver = attempts >= attemptsMax || performance.now() + waitMs >= untilMs;
    if (isOver || !(isUnsent || this.#budget.takeRetry())) {
      if (isUnsent) this.#breaker.failed(reason);
      throw this.unavailable(reason, error);
    }
    await sleep(waitMs, undefined, signal === undefined ? {} : { signal }).catch(() => {});
    assertNotAborted(signal);
    this.assertAnswering();
  }

  /** The error of a call that got no answer. */
  unavailable(reason: string, cause?: unknown): CacheError {
    const { engine, where } = this.#options;
    return new CacheError('unavailable', `${engine} at ${where} does not answer: ${reason}`, {
      cause,
    });
  }

  /** Stops asking for signs of life. */
  stop(): void {
    this.#breaker.stop();
  }

  async #takeSlot(signal: AbortSignal | undefined): Promise<void> {
    const limit = AbortSignal.timeout(this.#options.deadlineMs);
    const patience = signal === undefined ? limit : AbortSignal.any([limit, signal]);
    if (await this.#slots.take(patience)) return;
    assertNotAborted(signal);
    throw this.unavailable('no call ended in time to make room for this one');
  }
}

function assertNotAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw abortedError(signal);
}

/** So many failures in a row open the breaker. */
const failuresMax = 5;
/** Retries to each call in the long run. */
const retryShare = 0.1;
