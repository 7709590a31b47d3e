import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../../../core/index.ts';
import { createArtifactClient } from '../../operation/artifact-clients.ts';
import { loadScenario } from '../../operation/load-scenario.ts';
import type { LoadTestScenario } from '../../operation/operation.ts';
import { LoadWorker } from './load-worker.ts';
import type { WorkerCommand, WorkerMessage, WorkerSetup } from './messages.ts';

/** The entry of a generator thread. What goes wrong beyond an operation ends the thread: the coordinator counts it as lost. */
const port = parentPort!;
const setup = workerData as WorkerSetup;
const post = (message: WorkerMessage): void => port.postMessage(message);
const client = await createArtifactClient(setup.config.protocol, setup.config.instance);

if (setup.scenario === undefined) {
  begin();
} else {
  await loadScenario(setup.scenario).then(begin, (error: unknown) =>
    post({ kind: 'ready', badScenario: messageOf(error) }),
  );
}

function begin(custom?: LoadTestScenario): void {
  const worker = new LoadWorker(setup, client, post, custom);
  port.on('message', (command: WorkerCommand) => {
    worker.handle(command).catch((error: unknown) => {
      // Thrown outside any promise, so that the thread dies of it.
      setImmediate(() => {
        throw error;
      });
    });
    if (command.kind === 'close') port.close();
  });
  post({ kind: 'ready', scenario: custom?.name });
}
