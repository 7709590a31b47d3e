import type { LoadClient } from './load-client.ts';
import type { OperationRunner } from './operation-runner.ts';

/** What ends the sending of operations. */
export interface SendLimits {
  /** Local clock; set when the run begins. */
  endMs: number;
  /** Operations each client may begin; 0 = no cap. */
  readonly requestsPerClient: number;
  /** Set from outside to stop sending. */
  stopped: boolean;
}

/** Closed loop: each client sends its next operation when its last one has ended. */
export async function runClosedLoop(
  clients: readonly LoadClient[],
  runner: OperationRunner,
  limits: SendLimits,
): Promise<void> {
  await Promise.all(clients.map((client) => runClient(client, runner, limits)));
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
