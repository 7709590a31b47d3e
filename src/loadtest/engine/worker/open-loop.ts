import { usableCores } from '../../../core/index.ts';
import { type Counters, counterSlot } from '../../metrics/counters.ts';
import type { Schedule } from '../../pacing/schedule.ts';
import { DueQueue } from './due-queue.ts';
import type { LoadClient } from './load-client.ts';
import type { OperationRunner } from './operation-runner.ts';
import type { Sender, SendLimits } from './sender.ts';

/**
 * Open loop: operations are sent when the schedule says so, whatever became of those before. One
 * that finds no idle connection waits for one, and one that finds `inFlightMax` operations under way
 * or waiting is dropped.
 */
export class OpenLoop implements Sender {
  readonly #options: OpenLoopOptions;
  readonly #mayRace: boolean;
  /** The connection used last is used next: the others may rest, and their server may close them. */
  readonly #idle: LoadClient[];
  readonly #waiting = new DueQueue();
  #underWay = 0;
  #onOver: (() => void) | undefined;

  constructor(options: OpenLoopOptions) {
    this.#options = options;
    this.#idle = [...options.clients].reverse();
    this.#mayRace = options.mayRace ?? usableCores() >= options.workers + sparedCores;
  }

  run(): Promise<void> {
    return new Promise((resolve) => {
      this.#onOver = resolve;
      this.#wake();
    });
  }

  takeWaiting(): number[] {
    const waiting = this.#waiting.takeAll();
    this.#options.counters[counterSlot.inFlight]! -= waiting.length;
    return waiting;
  }

  close(): void {
    this.#options.schedule.close();
  }

  #nextDueMs(): number {
    return this.#options.startMs + this.#options.schedule.nextDueMs;
  }

  /** Sends what is due and sleeps until more is, or until nothing is left to end. */
  #wake(): void {
    const now = performance.now();
    this.#sendDue(now);
    this.#expireWaiting(now);
    const isSent = this.#options.limits.stopped || this.#options.schedule.isOver;
    if (isSent && this.#underWay + this.#waiting.size === 0) {
      this.#onOver?.();
      return;
    }
    const leftMs = isSent ? sleepMsMax : this.#nextDueMs() - now;
    if (leftMs <= raceMs && this.#mayRace) setImmediate(() => this.#wake());
    else setTimeout(() => this.#wake(), Math.min(sleepMsMax, Math.max(1, leftMs - raceMs)));
  }

  #sendDue(now: number): void {
    const { counters, inFlightMax, limits, runner, schedule } = this.#options;
    for (
      let dueMs = this.#nextDueMs();
      dueMs <= now && !limits.stopped;
      dueMs = this.#nextDueMs()
    ) {
      const step = schedule.take();
      counters[counterSlot.scheduled]! += 1;
      runner.recordLag(performance.now() - dueMs);
      if (this.#underWay + this.#waiting.size >= inFlightMax) {
        runner.recordUnsent('dropped', dueMs);
        continue;
      }
      this.#waiting.add(dueMs, step);
      counters[counterSlot.inFlight]! += 1;
      this.#dispatch();
    }
  }

  #dispatch(): void {
    while (this.#waiting.size > 0 && this.#idle.length > 0) {
      const dueMs = this.#waiting.firstDueMs;
      const client = this.#idle.pop()!;
      client.step = this.#waiting.firstStep;
      this.#waiting.removeFirst();
      this.#options.counters[counterSlot.inFlight]! -= 1;
      void this.#send(client, dueMs);
    }
  }

  async #send(client: LoadClient, dueMs: number): Promise<void> {
    const { counters, runner } = this.#options;
    this.#underWay += 1;
    const wasCounted = await runner.run(client, dueMs);
    if (!wasCounted) counters[counterSlot.scheduled]! -= 1;
    this.#underWay -= 1;
    this.#idle.push(client);
    const now = performance.now();
    this.#expireWaiting(now);
    this.#dispatch();
    // Answers come more often than timers: each is an occasion to be in time.
    if (now >= this.#nextDueMs()) this.#sendDue(now);
  }

  /** What waited for a connection until its timeout was over has timed out without being sent. */
  #expireWaiting(now: number): void {
    const { counters, runner, timeoutMs } = this.#options;
    while (this.#waiting.size > 0 && now - this.#waiting.firstDueMs >= timeoutMs) {
      const dueMs = this.#waiting.firstDueMs;
      this.#waiting.removeFirst();
      counters[counterSlot.inFlight]! -= 1;
      runner.recordUnsent('timeout', dueMs);
    }
  }
}

export interface OpenLoopOptions {
  readonly clients: readonly LoadClient[];
  readonly runner: OperationRunner;
  readonly limits: SendLimits;
  readonly counters: Counters;
  readonly schedule: Schedule;
  /** Local clock. */
  readonly startMs: number;
  readonly workers: number;
  /** This worker's part. */
  readonly inFlightMax: number;
  readonly timeoutMs: number;
  /** Whether the last stretch before an instant may be raced through, at the price of a core. */
  readonly mayRace?: boolean;
}

/**
 * Timers fire up to about so much late. Where a core can be spared, the event loop turns without
 * sleeping through the last stretch before an instant; else the timers' lateness adds to the send
 * lag, because a generator that burns a core which the target needs measures itself.
 */
const raceMs = 1.5;
/** Cores that must be left beside the generator's threads, for it to race. */
const sparedCores = 2;
/** A stop is noticed within so much. */
const sleepMsMax = 25;
