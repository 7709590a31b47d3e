import { usableCores } from '../../../core/index.ts';
import { type Counters, counterSlot } from '../../metrics/counters.ts';
import type { Schedule } from '../../pacing/schedule.ts';
import type { LoadConnection } from '../../transport/load-connection.ts';
import { runIsOver, timedOut } from '../../transport/shared/pending-exchange.ts';
import type { ConnectionPool } from './connection-pool.ts';
import { ConnectionUse } from './connection-use.ts';
import { DueQueue } from './due-queue.ts';
import type { ConnectionLender, LoadClient } from './load-client.ts';
import type { OperationRunner } from './operation-runner.ts';
import type { Sender, SendLimits } from './sender.ts';

/**
 * Open loop: operations are sent when the schedule says so, whatever the outcome of earlier ones.
 * One that finds no idle connection has one opened, or waits where there may be no more; one that
 * finds `inFlightMax` operations under way or waiting is dropped.
 */
export class OpenLoop implements Sender, ConnectionLender {
  readonly #options: OpenLoopOptions;
  readonly #mayRace: boolean;
  readonly #use: ConnectionUse;
  readonly #idleClients: LoadClient[] = [];
  readonly #waiting = new DueQueue();
  /** Operations that gave their connection back in between, and need one again: before new ones. */
  #resuming: Resuming[] = [];
  #underWay = 0;
  #onOver: (() => void) | undefined;

  constructor(options: OpenLoopOptions) {
    this.#options = options;
    const { counters, pool, runner } = options;
    this.#use = new ConnectionUse(pool, counters, (ms) => runner.recordCalmService(ms));
    this.#mayRace = options.mayRace ?? usableCores() >= options.workers + sparedCores;
  }

  run(): Promise<void> {
    return new Promise((resolve) => {
      this.#onOver = resolve;
      this.#wake();
    });
  }

  takeWaiting(): number[] {
    // What would go on is over too: nothing is stored behind the clean-up's back.
    for (const { reject } of this.#resuming) reject(runIsOver());
    this.#resuming = [];
    const waiting = this.#waiting.takeAll();
    this.#options.counters[counterSlot.inFlight]! -= waiting.length;
    return waiting;
  }

  close(): void {
    this.#options.schedule.close();
  }

  lend(client: LoadClient): Promise<LoadConnection> {
    const fromMs = performance.now();
    return new Promise((resolve, reject) => {
      const lent = (connection: LoadConnection): void => {
        client.waitedMs += performance.now() - fromMs;
        resolve(connection);
      };
      this.#resuming.push({ client, resolve: lent, reject });
      this.#dispatch();
    });
  }

  takeBack(connection: LoadConnection): void {
    this.#options.pool.give(connection);
    this.#dispatch();
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
    if (isSent) this.#options.limits.sending?.endAt(now);
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
      // Before it is counted: after a stall it belongs to a later window.
      runner.recordLag(dueMs);
      counters[counterSlot.scheduled]! += 1;
      if (this.#underWay + this.#waiting.size >= inFlightMax) {
        runner.recordUnsent('dropped', dueMs);
        continue;
      }
      this.#waiting.add(dueMs, step);
      counters[counterSlot.inFlight]! += 1;
      this.#dispatch();
    }
  }

  /** Gives connections to operations that need one, the oldest first, as long as there are any. */
  #dispatch(): void {
    const { counters, pool } = this.#options;
    while (this.#resuming.length + this.#waiting.size > 0) {
      const connection = pool.take();
      if (connection === undefined) break;
      this.#use.noteTaken();
      const resuming = this.#resuming.shift();
      if (resuming !== undefined) {
        resuming.resolve(connection);
        continue;
      }
      const dueMs = this.#waiting.firstDueMs;
      const client = this.#idleClients.pop() ?? this.#options.createClient(this);
      client.step = this.#waiting.firstStep;
      this.#waiting.removeFirst();
      counters[counterSlot.inFlight]! -= 1;
      client.use(connection);
      void this.#send(client, dueMs);
    }
    this.#use.noteWaiting(this.#resuming.length + this.#waiting.size > 0);
  }

  async #send(client: LoadClient, dueMs: number): Promise<void> {
    const { counters, runner } = this.#options;
    this.#underWay += 1;
    const busyAtSend = this.#options.pool.busy;
    const wasCounted = await runner.run(client, dueMs);
    if (wasCounted) this.#use.noteServed(busyAtSend, client.serviceMs);
    else counters[counterSlot.scheduled]! -= 1;
    this.#underWay -= 1;
    this.#idleClients.push(client);
    client.release();
    const now = performance.now();
    this.#expireWaiting(now);
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
    if (this.#resuming.some(({ client }) => client.deadlineMs <= now)) {
      const late = this.#resuming.filter(({ client }) => client.deadlineMs <= now);
      this.#resuming = this.#resuming.filter(({ client }) => client.deadlineMs > now);
      for (const { reject } of late) reject(timedOut());
    }
    this.#use.noteWaiting(this.#resuming.length + this.#waiting.size > 0);
  }
}

interface Resuming {
  readonly client: LoadClient;
  readonly resolve: (connection: LoadConnection) => void;
  readonly reject: (error: unknown) => void;
}

export interface OpenLoopOptions {
  readonly pool: ConnectionPool;
  /** Makes a further client, which borrows its connections. */
  readonly createClient: (lender: ConnectionLender) => LoadClient;
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
 * Timers fire up to about this much late. Where a core can be spared, the event loop turns without
 * sleeping through the last stretch before an instant; else the timers' lateness adds to the send
 * lag, because a generator that burns a core which the target needs measures itself.
 */
const raceMs = 1.5;
/** Cores that must be left beside the generator's threads, for it to race. */
const sparedCores = 2;
/** A stop is noticed within this time. */
const sleepMsMax = 25;
