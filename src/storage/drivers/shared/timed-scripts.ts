import { CacheError } from '../../../core/index.ts';
import type { RedisClock } from './redis/redis-clock.ts';
import { type RedisArgument, type RedisReply, textOf } from './redis/redis-connection.ts';
import type { Script } from './scripts/script.ts';
import type { SharedIndex } from './shared-index.ts';

/**
 * Runs scripts that must not act once their caller has given up. The last argument of each is until
 * when it may act, by the clock of Redis; it answers 'late' after that.
 */
export class TimedScripts {
  readonly index: SharedIndex;
  /** After so long, what was sent has no effect any more. */
  readonly attemptTimeoutMs: number;
  readonly #redisClock: RedisClock;

  constructor(index: SharedIndex, redisClock: RedisClock, attemptTimeoutMs: number) {
    this.index = index;
    this.attemptTimeoutMs = attemptTimeoutMs;
    this.#redisClock = redisClock;
  }

  /**
   * @param makeArgs makes the other arguments of each attempt.
   * @throws {CacheError} as `RedisCalls.run`; `store_full` where others take all room that is made.
   */
  async run(script: Script, makeArgs: () => readonly RedisArgument[]): Promise<RedisReply> {
    await this.#redisClock.prepare();
    for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
      const reply = await this.index.runInSteps(script, () => [
        ...makeArgs(),
        String(this.#redisClock.after(this.attemptTimeoutMs)),
      ]);
      if (textOf(reply) !== 'late') return reply;
      // The clock of Redis was set, or the answer of one attempt was lost and the next came late.
      await this.#redisClock.measure();
    }
    throw new CacheError('unavailable', 'the clock of Redis runs too unevenly to write by it');
  }
}

const attemptsMax = 5;
