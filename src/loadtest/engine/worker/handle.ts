import { messageOf, siblingModule, startModuleWorker } from '../../../core/index.ts';
import type { LoadTestScenario } from '../../scenario/scenario.ts';
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
  const worker = new LoadWorker(
    setup,
    (message) =>
      queueMicrotask(() => {
        if (!gone) events.onMessage(message);
      }),
    scenario,
  );
  queueMicrotask(() => events.onMessage({ kind: 'ready', scenario: scenario.name }));
  return {
    post: (command) => void worker.handle(command).catch(lost),
    terminate: () => {
      gone = true;
      worker.close();
      return Promise.resolve();
    },
  };
}
