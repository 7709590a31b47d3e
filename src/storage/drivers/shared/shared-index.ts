import { CacheError, type Clock } from '../../../core/index.ts';
import type { RedisCalls } from './redis/redis-calls.ts';
import { listOf, type RedisArgument, type RedisReply, textOf } from './redis/redis-connection.ts';
import { sumsScript } from './scripts/lookups.ts';
import { runScript, type Script } from './scripts/script.ts';

/** What {@link SharedIndex} works with. */
export interface SharedIndexOptions {
  readonly calls: RedisCalls;
  readonly keyPrefix: string;
  readonly clock: Clock;
  /** Bound of the store; 0 = unbounded. */
  readonly maxBytes: number;
  readonly usedAtResolutionMs: number;
  /** Whether bodies outside Redis cannot be read at the moment. */
  readonly areObjectsAway: () => boolean;
}

/** Sums over the whole store, all its nodes together. */
export interface Sums {
  readonly entries: number;
  readonly costBytes: number;
  readonly redisBytes: number;
  readonly clock: number;
  readonly reservedBytes: number;
  readonly evictedEntries: number;
  readonly evictedBytes: number;
  readonly damagedEntries: number;
}

/** The index of a shared store: runs scripts over the keys of one prefix, by the rules of one store. */
export class SharedIndex {
  readonly #calls: RedisCalls;
  readonly #prefix: string;
  readonly #clock: Clock;
  readonly #bound: string;
  readonly #lagMax: string;
  #redisBound = unbounded;
  readonly #resolution: string;
  readonly #areObjectsAway: () => boolean;

  constructor(options: SharedIndexOptions) {
    const { maxBytes, usedAtResolutionMs } = options;
    this.#calls = options.calls;
    this.#prefix = `{${options.keyPrefix}}:`;
    this.#clock = options.clock;
    // An entry is moved in the order of use when its rank lags by more than a sixteenth of the bound.
    this.#lagMax = maxBytes === 0 ? unbounded : String(maxBytes / lagShare / 1_024);
    this.#bound = boundOf(maxBytes);
    this.#resolution = String(usedAtResolutionMs);
    this.#areObjectsAway = options.areObjectsAway;
  }

  /** The time as entries are stamped with it. */
  nowMs(): number {
    return this.#clock.nowMs();
  }

  /** Bounds what lies in Redis itself; 0 = unbounded. */
  limitRedisBytes(bytesMax: number): void {
    this.#redisBound = boundOf(bytesMax);
  }

  /** @throws {CacheError} as `RedisCalls.run`. */
  async run(script: Script, args: readonly RedisArgument[]): Promise<RedisReply> {
    return await this.runMade(script, () => args);
  }

  /** @param makeArgs makes the arguments of each attempt anew. */
  async runMade(script: Script, makeArgs: () => readonly RedisArgument[]): Promise<RedisReply> {
    return await runScript(this.#calls, script, `${this.#prefix}totals`, () => [
      this.#prefix,
      this.#bound,
      this.#redisBound,
      this.#lagMax,
      String(this.#clock.nowMs()),
      this.#resolution,
      this.#areObjectsAway() ? '1' : '0',
      ...makeArgs(),
    ]);
  }

  /** Runs a script until it says something other than 'again': it makes room in steps. */
  async runInSteps(script: Script, makeArgs: () => readonly RedisArgument[]): Promise<RedisReply> {
    for (let step = 0; step < stepsMax; step += 1) {
      const reply = await this.runMade(script, makeArgs);
      if (textOf(reply) !== 'again') return reply;
    }
    throw new CacheError('store_full', 'others take room as fast as it is made');
  }

  async sums(): Promise<Sums> {
    const reply = await this.run(sumsScript, []);
    const numbers = listOf(reply).map((value) => Number(textOf(value)));
    const [entries, costBytes, redisBytes, clock, reservedBytes, ...counts] = numbers;
    const [evictedEntries = 0, evictedBytes = 0, damagedEntries = 0] = counts;
    return {
      entries: entries ?? 0,
      costBytes: costBytes ?? 0,
      redisBytes: redisBytes ?? 0,
      clock: clock ?? 0,
      reservedBytes: reservedBytes ?? 0,
      evictedEntries,
      evictedBytes,
      damagedEntries,
    };
  }
}

/** Larger than any sum, and exact as text. */
const unbounded = '1e300';
const lagShare = 16;
/** Each evicts up to 64 entries, so these make room for anything but a store that others fill meanwhile. */
const stepsMax = 100_000;

function boundOf(bytes: number): string {
  return bytes === 0 ? unbounded : String(bytes);
}
