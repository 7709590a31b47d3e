import { CacheError } from '../../../core/index.ts';
import { existsError, noRoomError } from '../../body.ts';
import { textOf } from './redis/redis-connection.ts';
import type { ReservationOptions } from './reservation.ts';
import { commitScript } from './scripts/writes.ts';
import { WriteSlots } from './write-slots.ts';

/** What is made visible. */
export interface Commit {
  /** Its head, who stored it, and the body or the checksums of an object. */
  readonly entry: Buffer;
  readonly references: Buffer;
  /** `absent`: the key has no entry; `older`: it has none that was stored as late as this one. */
  readonly onlyIf: 'any' | 'absent' | 'older';
  /** Whether room was set aside, and is to be found. */
  readonly hasIntent: boolean;
}

/** Makes entries visible, each by one script, which acts once however often it is sent. */
export class EntryCommits {
  readonly #options: ReservationOptions;
  readonly #slots = new WriteSlots();

  constructor(options: ReservationOptions) {
    this.#options = options;
  }

  /** @throws {CacheError} `exists`, `store_full`, `unavailable`. */
  async make(keyBytes: Buffer, generation: string, commit: Commit): Promise<void> {
    const { scripts, node, maxBytes } = this.#options;
    const slot = this.#slots.take();
    let attempts = 0;
    let outcome = '';
    try {
      const reply = await scripts.run(commitScript, () => {
        attempts += 1;
        return [
          keyBytes,
          Buffer.from(generation, 'hex'),
          commit.entry,
          commit.references,
          commit.onlyIf,
          commit.hasIntent ? '1' : '0',
          node,
          String(slot),
        ];
      });
      outcome = textOf(reply);
    } finally {
      // What was sent and not answered may be executed until its time is over; then the slot is free.
      if (attempts === 1 && outcome !== '') this.#slots.give(slot);
      else setTimeout(() => this.#slots.give(slot), 2 * scripts.attemptTimeoutMs).unref();
    }
    if (outcome === 'exists') throw existsError();
    if (outcome === 'full') throw noRoomError(maxBytes);
    if (outcome === 'lost') {
      throw new CacheError('unavailable', 'the write took too long and was given up');
    }
  }
}
