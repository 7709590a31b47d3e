import type { RateStage } from '../config/config.ts';
import { type Counters, counterSlot } from '../metrics/counters.ts';
import type { SendLimits } from './closed-loop.ts';
import type { LoadClient } from './load-client.ts';
import type { OperationRunner } from './operation-runner.ts';
import { createPacer } from './pacer.ts';

/**
 * Open loop: operations are sent when the schedule says so, whatever became of those before. One
 * that finds no idle connection waits for it, and one that finds `inFlightMax` operations under way
 * or waiting is dropped. This worker sends every `workers`-th operation of the schedule.
 */
export async function runOpenLoop(options: OpenLoopOptions): Promise<void> {
  const { clients, runner, limits, counters, startMs, worker, workers, timeoutMs } = options;
  const pacer = createPacer(options.stages);
  const operations =
    options.operationsMax > 0 ? Math.min(options.operationsMax, pacer.total) : pacer.total;
  // The connection used last comes first: the others may rest, and their server may close them.
  const idle = [...clients].reverse();
  const waiting = new Queue();
  let next = worker;
  let underWay = 0;
  let onIdle: (() => void) | undefined;

  const send = async (client: LoadClient, dueMs: number): Promise<void> => {
    underWay += 1;
    await runner.run(client, dueMs);
    underWay -= 1;
    idle.push(client);
    dispatch();
    if (underWay === 0) onIdle?.();
  };
  const dispatch = (): void => {
    while (waiting.size > 0 && idle.length > 0) {
      const dueMs = waiting.take();
      if (performance.now() - dueMs >= timeoutMs) runner.recordUnsent('timeout', dueMs);
      else void send(idle.pop()!, dueMs);
    }
  };
  const offer = (dueMs: number): void => {
    counters[counterSlot.scheduled]! += 1;
    if (underWay + waiting.size >= options.inFlightMax) runner.recordUnsent('dropped', dueMs);
    else {
      waiting.add(dueMs);
      dispatch();
    }
  };

  while (!limits.stopped && next < operations) {
    const dueMs = startMs + pacer.dueMs(next);
    const now = performance.now();
    if (dueMs <= now) {
      offer(dueMs);
      next += workers;
      continue;
    }
    await until(dueMs, now);
  }
  while (underWay > 0 || waiting.size > 0) {
    await new Promise<void>((resolve) => {
      onIdle = resolve;
      setTimeout(resolve, drainTickMs);
    });
    // What waits behind operations that hang times out where it stands.
    while (waiting.size > 0 && performance.now() - waiting.first() >= timeoutMs) {
      runner.recordUnsent('timeout', waiting.take());
    }
  }
}

export interface OpenLoopOptions {
  readonly clients: readonly LoadClient[];
  readonly runner: OperationRunner;
  readonly limits: SendLimits;
  readonly counters: Counters;
  readonly stages: readonly RateStage[];
  /** Local clock. */
  readonly startMs: number;
  readonly worker: number;
  readonly workers: number;
  /** This worker's part. */
  readonly inFlightMax: number;
  /** Over all workers; 0 = what the schedule has. */
  readonly operationsMax: number;
  readonly timeoutMs: number;
}

const drainTickMs = 50;
/** Timers come up to about so much late; the rest of the way is gone from one turn of the event loop to the next. */
const spinMs = 1.5;

/** Sleeps to shortly before an instant, then lets the event loop turn until it is there. */
function until(dueMs: number, now: number): Promise<void> {
  const leftMs = dueMs - now;
  return new Promise((resolve) => {
    if (leftMs > spinMs) setTimeout(resolve, leftMs - spinMs);
    else setImmediate(resolve);
  });
}

/** First in, first out, without moving what stays. */
class Queue {
  #items: number[] = [];
  #head = 0;

  get size(): number {
    return this.#items.length - this.#head;
  }

  add(item: number): void {
    this.#items.push(item);
  }

  first(): number {
    return this.#items[this.#head]!;
  }

  take(): number {
    const item = this.#items[this.#head]!;
    this.#head += 1;
    if (this.#head > 1024 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }
}
