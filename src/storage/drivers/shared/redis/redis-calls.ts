import { setTimeout as sleep } from 'node:timers/promises';
import { CacheError, type Logger, messageOf } from '../../../../core/index.ts';
import { Breaker } from '../engine/breaker.ts';
import { CallSlots } from '../engine/call-slots.ts';
import { RetryBudget } from '../engine/retry-budget.ts';
import {
  type RedisArgument,
  type RedisConnection,
  type RedisReply,
  RedisReplyError,
  UnsentError,
} from './redis-connection.ts';
import { TimeLimits } from './time-limits.ts';

/** What {@link RedisCalls} work with. */
export interface RedisCallsOptions {
  /** How messages name the engine. */
  readonly where: string;
  /** How long one call may take, its retries included, milliseconds. */
  readonly deadlineMs: number;
  readonly logger: Logger;
}

/** A call of which each attempt is made anew, such as one that carries a time. */
export type MakeCommand = () => readonly RedisArgument[];

/**
 * Commands to Redis that never hang: each call has a deadline, is tried again with full jitter within
 * a budget that all calls share, and fails at once while the breaker is open. So each command must
 * do no more when it is executed twice. Commands of one tick go out in the order of their calls.
 */
export class RedisCalls {
  readonly #connection: RedisConnection;
  readonly #options: RedisCallsOptions;
  readonly #attemptTimeoutMs: number;
  readonly #breaker: Breaker;
  readonly #slots = new CallSlots(callsMax, waitingCallsMax, 'Redis');
  readonly #limits = new TimeLimits();
  readonly #budget = new RetryBudget(retryShare, retriesSavedMax);
  #readyAtMs = performance.now();

  constructor(connection: RedisConnection, options: RedisCallsOptions) {
    this.#connection = connection;
    this.#options = options;
    this.#attemptTimeoutMs = Math.ceil(options.deadlineMs / attemptsPerDeadline);
    this.#breaker = new Breaker({
      failuresMax: 5,
      probeIntervalMsMax: 500,
      probe: () => this.#probe(),
      onOpen: (reason) => {
        options.logger.error({ reason }, `Redis at ${options.where} does not answer`);
        // What was sent on it may never be answered, and would be waited for first.
        connection.reset();
        this.#readyAtMs = performance.now();
      },
      onClose: () => options.logger.info({}, `Redis at ${options.where} answers again`),
    });
  }

  /** How long one attempt may take, milliseconds: what is sent now has no effect after that. */
  get attemptTimeoutMs(): number {
    return this.#attemptTimeoutMs;
  }

  /**
   * @throws {CacheError} `unavailable` where Redis does not answer in time or refuses; `store_full`
   * where its memory is full; `overloaded`.
   */
  async run(make: MakeCommand): Promise<RedisReply> {
    this.#assertClosedBreaker();
    const deadline = performance.now() + this.#options.deadlineMs;
    if (!this.#slots.takeNow()) {
      const inTime = await this.#slots.take(AbortSignal.timeout(this.#options.deadlineMs));
      if (!inTime) throw this.#unavailable('no call ended in time to make room for this one');
    }
    try {
      this.#budget.called();
      for (let attempt = 0; ; attempt += 1) {
        try {
          const reply = await this.#limits.keep(
            this.#connection.send(make()),
            Math.max(1, Math.min(this.#attemptTimeoutMs, deadline - performance.now())),
          );
          this.#breaker.succeeded();
          return reply;
        } catch (error) {
          await this.#waitToRetry(error, attempt, deadline);
        }
      }
    } finally {
      this.#slots.give();
    }
  }

  /** Resolves when Redis answers. @throws {CacheError} `unavailable` where it does not in time. */
  async ready(timeoutMs: number): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    while (!this.#connection.isReady) {
      if (performance.now() >= deadline) {
        throw this.#unavailable(
          this.#connection.lastError ?? `not connected after ${timeoutMs} ms`,
        );
      }
      await sleep(5);
    }
  }

  async close(): Promise<void> {
    this.#breaker.stop();
    await this.#connection.close();
  }

  #assertClosedBreaker(): void {
    const reason = this.#breaker.openReason;
    if (reason !== undefined) throw this.#unavailable(reason);
  }

  /** Waits before the next attempt. @throws {CacheError} where there is none. */
  async #waitToRetry(error: unknown, attempt: number, deadline: number): Promise<void> {
    if (error instanceof RedisReplyError && !passingCodes.has(error.code)) {
      throw refusal(error, this.#options.where);
    }
    const reason = messageOf(error);
    // What did not go out puts no load on Redis and is not a sign that it is dead: a connection is made anew.
    const isUnsent = error instanceof UnsentError;
    if (!isUnsent) this.#breaker.failed(reason);
    this.#assertClosedBreaker();
    const waitMs = Math.random() * Math.min(retryWaitMsMax, retryWaitMs * 2 ** attempt);
    if (performance.now() + waitMs >= deadline || !(isUnsent || this.#budget.takeRetry())) {
      if (isUnsent) this.#breaker.failed(reason);
      throw this.#unavailable(reason, error);
    }
    await sleep(waitMs);
    this.#assertClosedBreaker();
  }

  async #probe(): Promise<void> {
    if (!this.#connection.isReady) {
      // Neither a connection nor a refusal: whoever should answer the greeting is stopped.
      if (performance.now() - this.#readyAtMs > unreadyMsMax) {
        this.#connection.reset();
        this.#readyAtMs = performance.now();
      }
      throw new Error('not connected');
    }
    try {
      await this.#limits.keep(this.#connection.send(['PING']), this.#attemptTimeoutMs);
      this.#readyAtMs = performance.now();
    } catch (error) {
      if (!(error instanceof RedisReplyError)) this.#connection.reset();
      throw error;
    }
  }

  #unavailable(reason: string, cause?: unknown): CacheError {
    const message = `Redis at ${this.#options.where} does not answer: ${reason}`;
    return new CacheError('unavailable', message, { cause });
  }
}

/** What Redis says while it starts, fails over or is busy: it has not executed the command. */
const passingCodes: ReadonlySet<string> = new Set([
  'LOADING',
  'READONLY',
  'MASTERDOWN',
  'CLUSTERDOWN',
  'TRYAGAIN',
  'BUSY',
  'NOREPLICAS',
  'UNBLOCKED',
]);

function refusal(error: RedisReplyError, where: string): CacheError {
  if (error.code === 'OOM') {
    const message = `the memory of Redis at ${where} is full (maxmemory)`;
    return new CacheError('store_full', message, { cause: error });
  }
  const message = `Redis at ${where} refuses: ${error.message}`;
  return new CacheError('unavailable', message, { cause: error });
}

/** Calls under way in one process; more than a busy worker has in flight at 50 µs each. */
const callsMax = 1_024;
/** Calls that wait for that; each is a client that waits. */
const waitingCallsMax = 16_384;
const retryShare = 0.1;
const retriesSavedMax = 100;
const attemptsPerDeadline = 3;
const retryWaitMs = 20;
const retryWaitMsMax = 400;
/** As long as a connection may take, its greeting included. */
const unreadyMsMax = 3_000;
