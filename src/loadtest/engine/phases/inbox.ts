import type { WorkerWindow } from '../../metrics/window-recorder.ts';
import type { WorkerMessage } from '../worker/messages.ts';
import type { WorkerPool } from '../worker/pool.ts';

type Kind = WorkerMessage['kind'];
type MessageOf<K extends Kind> = Extract<WorkerMessage, { kind: K }>;

/**
 * The messages of all workers. Figures and notes are handed on as they come; of the others, which end
 * phases, the last of each kind is kept per worker.
 */
export class Inbox {
  readonly #readers: InboxReaders;
  readonly #kept = new Map<Kind, Map<number, WorkerMessage>>();

  constructor(readers: InboxReaders) {
    this.#readers = readers;
  }

  /** Takes a message in, in the order in which it came. */
  receive(worker: number, message: WorkerMessage): void {
    switch (message.kind) {
      case 'window':
        this.#readers.onWindow(worker, message.window);
        return;
      case 'loop_delay':
        this.#readers.onLoopDelay(message);
        return;
      case 'note':
        this.#readers.onNote(message.text);
        return;
      case 'ready':
      case 'warmed':
      case 'sent':
      case 'drained':
      case 'cleaned':
        this.#keep(worker, message);
    }
  }

  /** Whether a worker found that all that may be stored was stored. */
  get isStoreFull(): boolean {
    return this.all('sent').some(({ reason }) => reason === 'max_stored');
  }

  /** The messages of this kind that the workers have sent so far. */
  all<K extends Kind>(kind: K): MessageOf<K>[] {
    return [...(this.#kept.get(kind)?.values() ?? [])] as MessageOf<K>[];
  }

  /**
   * Waits until each worker that lives has sent a message of this kind. One that has not at `untilMs`,
   * which may move meanwhile, is lost.
   */
  async collect<K extends Kind>(
    kind: K,
    pool: WorkerPool,
    untilMs: () => number,
  ): Promise<MessageOf<K>[]> {
    await pool.wait((worker) => this.#kept.get(kind)?.has(worker) ?? false, untilMs);
    return this.all(kind);
  }

  #keep(worker: number, message: WorkerMessage): void {
    const wasFull = this.isStoreFull;
    const ofKind = this.#kept.get(message.kind) ?? new Map<number, WorkerMessage>();
    this.#kept.set(message.kind, ofKind.set(worker, message));
    if (!wasFull && this.isStoreFull) this.#readers.onStoreFull();
  }
}

export interface InboxReaders {
  readonly onWindow: (worker: number, window: WorkerWindow) => void;
  readonly onLoopDelay: (delay: { readonly p99Ms: number; readonly maxMs: number }) => void;
  readonly onNote: (text: string) => void;
  /** Called once, when the first worker reached the bound on what may be stored. */
  readonly onStoreFull: () => void;
}
