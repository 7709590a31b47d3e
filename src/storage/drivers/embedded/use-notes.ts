import { type Logger, messageOf } from '../../../core/index.ts';
import { again, type CommitQueue } from './commit-queue.ts';
import type { RecordFields } from './entry-record.ts';
import type { IndexReader } from './index-reader.ts';
import type { PendingUses } from './pending-uses.ts';

/** What {@link UseNotes} notes uses with. */
export interface UseNotesOptions {
  readonly pending: PendingUses;
  readonly reader: IndexReader;
  readonly queue: CommitQueue;
  /** A use is noted when the last noted one lies further back than this, in the order of use … */
  readonly rankLagMax: number;
  /** … or in time. */
  readonly usedAtResolutionMs: number;
  readonly logger: Logger;
}

/** Decides which uses of entries are worth a note in the index, and brings the notes there in time. */
export class UseNotes {
  readonly #pending: PendingUses;
  readonly #reader: IndexReader;
  readonly #queue: CommitQueue;
  readonly #rankLagMax: number;
  readonly #usedAtResolutionMs: number;
  readonly #logger: Logger;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: UseNotesOptions) {
    this.#pending = options.pending;
    this.#reader = options.reader;
    this.#queue = options.queue;
    this.#rankLagMax = options.rankLagMax;
    this.#usedAtResolutionMs = options.usedAtResolutionMs;
    this.#logger = options.logger;
  }

  /** Takes note of a use, unless the index has a recent one. On the hot path of every read. */
  note(keyBytes: Uint8Array, id: number, fields: RecordFields): void {
    const isRecent =
      this.#reader.clock - fields.rank <= this.#rankLagMax &&
      this.#reader.nowMs - fields.usedAtMs < this.#usedAtResolutionMs;
    if (isRecent) return;
    this.#pending.add(id, Buffer.from(keyBytes));
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.flush().catch((error: unknown) => {
        this.#logger.warn({ error: messageOf(error) }, 'uses could not be noted');
      });
    }, usesDelayMs).unref();
  }

  /** Every transaction notes some of the uses that wait; this makes enough of them. */
  async flush(): Promise<void> {
    if (this.#pending.count === 0) return;
    await this.#queue.run(() => (this.#pending.count === 0 ? undefined : again));
  }

  /** Brings no notes to the index by itself any more. */
  stop(): void {
    clearTimeout(this.#timer);
  }
}

const usesDelayMs = 250;
