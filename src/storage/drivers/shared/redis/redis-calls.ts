import { setTimeout as sleep } from 'node:timers/promises';
import { CacheError, type Logger } from '../../../../core/index.ts';
import { EngineCalls, type Failure } from '../engine/engine-calls.ts';
import {
  type RedisArgument,
  type RedisConnection,
  type RedisReply,
  RedisReplyError,
  UnsentError,
} from './redis-connection.ts';

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
 * Commands to Redis that never hang: see {@link EngineCalls}. Commands of one tick go out in the order
 * of their calls.
 */
export class RedisCalls {
  /** How long one attempt may take, milliseconds: what is sent now has no effect after that. */
  readonly attemptTimeoutMs: number;
  readonly #connection: RedisConnection;
  readonly #calls: EngineCalls;
  #readyAtMs = performance.now();

  constructor(connection: RedisConnection, { where, deadlineMs, logger }: RedisCallsOptions) {
    this.#connection = connection;
    this.attemptTimeoutMs = Math.ceil(deadlineMs / attemptsPerDeadline);
    this.#calls = new EngineCalls({
      engine: 'Redis',
      where,
      callsMax,
      waitingCallsMax,
      deadlineMs,
      attemptTimeoutMs: this.attemptTimeoutMs,
      retriesSavedMax: 100,
      retryWaitMs: 20,
      retryWaitMsMax: 400,
      probeIntervalMsMax: 500,
      probe: () => this.#probe(),
      // What was sent on it may never be answered, and would be waited for first.
      onOpen: () => this.#reset(),
      sort: (error) => sorted(error, where),
      logger,
    });
  }

  /**
   * @throws {CacheError} `unavailable` where Redis does not answer in time or refuses; `store_full`
   * where its memory is full; `overloaded`.
   */
  run(make: MakeCommand): Promise<RedisReply> {
    return this.#calls.run((limitMs) =>
      this.#calls.limits.keep(this.#connection.send(make()), limitMs),
    );
  }

  /** Resolves when Redis answers. @throws {CacheError} `unavailable` where it does not in time. */
  async ready(timeoutMs: number): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    while (!this.#connection.isReady) {
      if (performance.now() >= deadline) {
        const reason = this.#connection.lastError ?? `not connected after ${timeoutMs} ms`;
        throw this.#calls.unavailable(reason);
      }
      await sleep(5);
    }
  }

  async close(): Promise<void> {
    this.#calls.stop();
    await this.#connection.close();
  }

  async #probe(): Promise<void> {
    if (!this.#connection.isReady) {
      // Neither a connection nor a refusal: whoever should answer the greeting is stopped.
      if (performance.now() - this.#readyAtMs > unreadyMsMax) this.#reset();
      throw new Error('not connected');
    }
    try {
      await this.#calls.limits.keep(this.#connection.send(['PING']), this.attemptTimeoutMs);
      this.#readyAtMs = performance.now();
    } catch (error) {
      if (!(error instanceof RedisReplyError)) this.#connection.reset();
      throw error;
    }
  }

  #reset(): void {
    this.#connection.reset();
    this.#readyAtMs = performance.now();
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

function sorted(error: unknown, where: string): Failure {
  // A connection is made anew.
  if (error instanceof UnsentError) return 'unsent';
  if (!(error instanceof RedisReplyError) || passingCodes.has(error.code)) return 'in trouble';
  if (error.code === 'OOM') {
    const message = `the memory of Redis at ${where} is full (maxmemory)`;
    return new CacheError('store_full', message, { cause: error });
  }
  const message = `Redis at ${where} refuses: ${error.message}`;
  return new CacheError('unavailable', message, { cause: error });
}

/** Calls under way in one process; more than a busy worker has in flight at 50 µs each. */
const callsMax = 1_024;
const waitingCallsMax = 16_384;
const attemptsPerDeadline = 3;
/** As long as a connection may take, its greeting included. */
const unreadyMsMax = 3_000;
