import type { LoadTestScenario } from '../../operation/operation.ts';
import { startLocalWorker, startThreadWorker, type WorkerHandle } from './handle.ts';
import type { WorkerCommand, WorkerMessage, WorkerSetup } from './messages.ts';

/**
 * All workers of a run as one: a command goes to each that lives, and a phase is over when each that
 * lives has said so. A worker that dies, or says nothing past the phase's deadline, is lost; the
 * others go on.
 */
export class WorkerPool {
  /** `atMs`: performance.now() of this thread. */
  readonly lost: { worker: number; reason: string; atMs: number }[] = [];
  readonly #handles = new Map<number, WorkerHandle>();
  readonly #onMessage: (worker: number, message: WorkerMessage) => void;
  #onProgress: (() => void) | undefined;

  constructor(options: WorkerPoolOptions) {
    this.#onMessage = options.onMessage;
    for (const setup of options.setups) {
      const events = {
        onMessage: (message: WorkerMessage) => {
          this.#onMessage(setup.worker, message);
          this.#onProgress?.();
        },
        onLost: (reason: string) => this.#lose(setup.worker, reason),
      };
      const handle =
        options.scenario === undefined
          ? startThreadWorker(setup, events, options.entry)
          : startLocalWorker(setup, events, options.scenario);
      this.#handles.set(setup.worker, handle);
    }
  }

  /** The numbers of the workers that live. */
  get living(): readonly number[] {
    return [...this.#handles.keys()];
  }

  post(command: WorkerCommand): void {
    for (const handle of this.#handles.values()) handle.post(command);
  }

  /** Resolves when `done` holds of every worker that lives. Those of which it does not at `untilMs` are lost. */
  async wait(done: (worker: number) => boolean, untilMs: () => number): Promise<void> {
    for (;;) {
      const waiting = this.living.filter((worker) => !done(worker));
      if (waiting.length === 0) return;
      const leftMs = untilMs() - performance.now();
      if (leftMs <= 0) {
        for (const worker of waiting) {
          void this.#handles.get(worker)?.terminate();
          this.#lose(worker, 'it did not answer in time');
        }
        return;
      }
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        this.#onProgress = resolve;
        timer = setTimeout(resolve, Math.min(leftMs, 1000));
      });
      clearTimeout(timer);
    }
  }

  async terminate(): Promise<void> {
    const handles = [...this.#handles.values()];
    this.#handles.clear();
    await Promise.all(handles.map((handle) => handle.terminate()));
  }

  #lose(worker: number, reason: string): void {
    if (!this.#handles.delete(worker)) return;
    this.lost.push({ worker, reason, atMs: performance.now() });
    this.#onProgress?.();
  }
}

export interface WorkerPoolOptions {
  readonly setups: readonly WorkerSetup[];
  /** A user's own: then there is one worker, on this thread. */
  readonly scenario: LoadTestScenario | undefined;
  /** Called in the order in which messages come. */
  readonly onMessage: (worker: number, message: WorkerMessage) => void;
  /** Another thread's entry, for tests. */
  readonly entry?: URL | undefined;
}
