import { type Counters, counterSlot } from '../../metrics/counters.ts';
import type { LoadClient } from './load-client.ts';
import type { OperationRunner } from './operation-runner.ts';
import type { Sender, SendLimits } from './sender.ts';

/**
 * Closed loop: each client sends its next operation when its last one has ended, after its think
 * time. One that got no connection waits a little before it tries again: else a port without a
 * listener is asked as fast as this machine can, and the machine is what is measured.
 */
export class ClosedLoop implements Sender {
  readonly #options: ClosedLoopOptions;
  /** Ends the sleep of each client that sleeps. */
  readonly #sleepers = new Set<() => void>();

  constructor(options: ClosedLoopOptions) {
    this.#options = options;
  }

  async run(): Promise<void> {
    const { clients, limits } = this.#options;
    // One look for all that sleep: the flag is a plain one, because each operation reads it.
    const watch = setInterval(() => {
      if (limits.stopped) for (const wake of this.#sleepers) wake();
    }, stopNoticedMs);
    try {
      await Promise.all(clients.map((client) => this.#runClient(client)));
    } finally {
      clearInterval(watch);
    }
  }

  takeWaiting(): number[] {
    // An operation is due when its client is free, and is sent at once.
    return [];
  }

  close(): void {
    // Nothing is open.
  }

  async #runClient(client: LoadClient): Promise<void> {
    const { beginsMs, limits, runner, thinkMs } = this.#options;
    const { requestsPerClient, endMs } = limits;
    const waitMs = beginsMs(client.client);
    if (waitMs > 0 && !(await this.#sleep(waitMs))) return;
    while (!limits.stopped && performance.now() < endMs) {
      await runner.run(client);
      if (requestsPerClient > 0 && client.begun >= requestsPerClient) {
        limits.sending?.endAt(performance.now());
        return;
      }
      if (client.wasRefused) await this.#backOff();
      // Spread, so that clients do not march in step.
      if (thinkMs > 0 && !(await this.#sleep(thinkMs * (0.5 + client.random())))) return;
      // An operation that never waits would otherwise keep the event loop to itself.
      if (client.begun % breatheEvery === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async #backOff(): Promise<void> {
    const { counters } = this.#options;
    const fromMs = performance.now();
    await this.#sleep(backOffMs);
    counters[counterSlot.backOffs]! += 1;
    counters[counterSlot.backOffMs]! += performance.now() - fromMs;
  }

  /**
   * Sleeps for that long, until the run's time is over, or until it is stopped.
   * @returns whether the run goes on. A timer may fire a millisecond early, so the clock alone
   * would let one more operation through at the end.
   */
  #sleep(ms: number): Promise<boolean> {
    const leftMs = this.#options.limits.endMs - performance.now();
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.#sleepers.delete(wake);
        resolve(ms < leftMs);
      };
      const timer = setTimeout(wake, Math.max(0, Math.min(ms, leftMs)));
      this.#sleepers.add(wake);
    });
  }
}

export interface ClosedLoopOptions {
  readonly clients: readonly LoadClient[];
  readonly runner: OperationRunner;
  readonly limits: SendLimits;
  readonly counters: Counters;
  /** When a client begins, ms from the start. */
  readonly beginsMs: (client: number) => number;
  /** Between two operations of a client, on average: half of it to one and a half times it. */
  readonly thinkMs: number;
}

const breatheEvery = 256;
const stopNoticedMs = 25;
const backOffMs = 10;
