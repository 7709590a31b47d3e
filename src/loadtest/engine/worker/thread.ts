import { parentPort, workerData } from 'node:worker_threads';
import { LoadWorker } from './load-worker.ts';
import type { WorkerCommand, WorkerMessage, WorkerSetup } from './messages.ts';

/** The entry of a generator thread. What goes wrong beyond an operation ends the thread: the coordinator counts it as lost. */
const port = parentPort!;
const worker = new LoadWorker(workerData as WorkerSetup, (message: WorkerMessage) => {
  port.postMessage(message);
});
port.on('message', (command: WorkerCommand) => {
  worker.handle(command).catch((error: unknown) => {
    // Thrown outside any promise, so that the thread dies of it.
    setImmediate(() => {
      throw error;
    });
  });
  if (command.kind === 'close') port.close();
});
port.postMessage({ kind: 'ready' } satisfies WorkerMessage);
