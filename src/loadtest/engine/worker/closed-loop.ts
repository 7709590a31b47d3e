import type { LoadClient } from './load-client.ts';
import type { OperationRunner } from './operation-runner.ts';
import type { Sender, SendLimits } from './sender.ts';

/** Closed loop: each client sends its next operation when its last one has ended. */
export class ClosedLoop implements Sender {
  readonly #clients: readonly LoadClient[];
  readonly #runner: OperationRunner;
  readonly #limits: SendLimits;

  constructor(clients: readonly LoadClient[], runner: OperationRunner, limits: SendLimits) {
    this.#clients = clients;
    this.#runner = runner;
    this.#limits = limits;
  }

  async run(): Promise<void> {
    await Promise.all(this.#clients.map((client) => runClient(client, this.#runner, this.#limits)));
  }

  takeWaiting(): number[] {
    // An operation is due when its client is free, and is sent at once.
    return [];
  }

  close(): void {
    // Nothing is open.
  }
}

async function runClient(
  client: LoadClient,
  runner: OperationRunner,
  limits: SendLimits,
): Promise<void> {
  const { requestsPerClient, endMs } = limits;
  while (!limits.stopped && performance.now() < endMs) {
    if (requestsPerClient > 0 && client.begun >= requestsPerClient) return;
    await runner.run(client);
    // An operation that never waits would otherwise keep the event loop to itself.
    if (client.begun % breatheEvery === 0) await new Promise((resolve) => setImmediate(resolve));
  }
}

const breatheEvery = 256;
