import type { RedisCalls } from './redis-calls.ts';
import { listOf, textOf } from './redis-connection.ts';

/** The clock of Redis, as far as it is known here: a command can then say until when it may act. */
export class RedisClock {
  readonly #calls: RedisCalls;
  #offsetMs = 0;
  #measuredAtMs = -Infinity;
  #underWay: Promise<void> | undefined;

  constructor(calls: RedisCalls) {
    this.#calls = calls;
  }

  /** Measures again what was measured long ago; waits where nothing is known yet. */
  async prepare(): Promise<void> {
    if (performance.now() - this.#measuredAtMs < freshMs) return;
    const measured = this.measure();
    if (this.#measuredAtMs === -Infinity) await measured;
    else measured.catch(() => {});
  }

  async measure(): Promise<void> {
    this.#underWay ??= this.#measure().finally(() => {
      this.#underWay = undefined;
    });
    await this.#underWay;
  }

  /** What the clock of Redis shows in `afterMs` from now, give or take half a round trip. */
  after(afterMs: number): number {
    return Date.now() + this.#offsetMs + afterMs;
  }

  async #measure(): Promise<void> {
    let sentMs = Date.now();
    const reply = await this.#calls.run(() => {
      sentMs = Date.now();
      return ['TIME'];
    });
    const [seconds, micros] = listOf(reply);
    const redisMs = Number(textOf(seconds)) * 1_000 + Number(textOf(micros)) / 1_000;
    this.#offsetMs = redisMs - (sentMs + Date.now()) / 2;
    this.#measuredAtMs = performance.now();
  }
}

/** Clocks drift by less than a millisecond in this time. */
const freshMs = 30_000;
