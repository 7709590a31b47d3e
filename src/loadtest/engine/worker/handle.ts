import { messageOf, siblingModule, startModuleWorker } from '../../../core/index.ts';
import { createArtifactClient } from '../../operation/artifact-clients.ts';
import type { LoadTestScenario } from '../../operation/operation.ts';
import { LoadWorker } from './load-worker.ts';
import type { WorkerCommand, WorkerMessage, WorkerSetup } from './messages.ts';

/** A worker as the coordinator sees it, in a thread of its own or in the coordinator's. */
export interface WorkerHandle {
  post(command: WorkerCommand): void;
  /** Ends it in any case. */
  terminate(): Promise<void>;
}

export interface WorkerEvents {
  readonly onMessage: (message: WorkerMessage) => void;
  /** It died; nothing comes from it any more. Called once at most, and never after `terminate`. */
  readonly onLost: (reason: string) => void;
}

/** Starts a worker in a thread of its own. */
export function startThreadWorker(
  setup: WorkerSetup,
  events: WorkerEvents,
  entry: URL = siblingModule(import.meta.url, './thread'),
): WorkerHandle {
  const worker = startModuleWorker(entry, { workerData: setup });
  let gone = false;
  const lost = (reason: string): void => {
    if (gone) return;
    gone = true;
    events.onLost(reason);
  };
  worker.on('message', (message: WorkerMessage) => {
    if (!gone) events.onMessage(message);
  });
  worker.on('error', (error) => lost(messageOf(error)));
  worker.on('messageerror', (error) => lost(messageOf(error)));
  worker.on('exit', (code) => lost(`its thread ended with code ${code}`));
  return {
    post: (command) => worker.postMessage(command),
    terminate: async () => {
      gone = true;
      await worker.terminate();
    },
  };
}

/** Starts a worker on the caller's event loop: for a user's scenario object, which can't be sent to a thread. */
export function startLocalWorker(
  setup: WorkerSetup,
  events: WorkerEvents,
  scenario: LoadTestScenario,
): WorkerHandle {
  let gone = false;
  const lost = (error: unknown): void => {
    if (gone) return;
    gone = true;
    events.onLost(messageOf(error));
  };
  const deliver = (message: WorkerMessage): void => {
    if (!gone) events.onMessage(message);
  };
  const { protocol, instance } = setup.config;
  const started = createArtifactClient(protocol, instance).then((client) => {
    const post = (message: WorkerMessage): void => queueMicrotask(() => deliver(message));
    const worker = new LoadWorker(setup, client, post, scenario);
    deliver({ kind: 'ready', scenario: scenario.name });
    return worker;
  });
  started.catch(lost);
  return {
    post: (command) => void started.then((worker) => worker.handle(command)).catch(lost),
    terminate: async () => {
      gone = true;
      // One that could not be started has nothing to close.
      await started.then(
        (worker) => worker.close(),
        () => {},
      );
    },
  };
}
