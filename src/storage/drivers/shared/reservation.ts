import { noRoomError } from '../../body.ts';
import { textOf } from './redis/redis-connection.ts';
import { abandonScript, reserveScript } from './scripts/writes.ts';
import type { SharedIndex } from './shared-index.ts';
import type { TimedScripts } from './timed-scripts.ts';

/** What {@link Reservation}s work with. */
export interface ReservationOptions {
  readonly scripts: TimedScripts;
  readonly node: string;
  readonly maxBytes: number;
}

/** Room in the store for one body under way, and the note that it is. */
export class Reservation {
  readonly #options: ReservationOptions;
  readonly #generation: Buffer;
  #sizeBytes = 0;
  #mayBeKnown = false;

  constructor(generation: string, options: ReservationOptions) {
    this.#options = options;
    this.#generation = Buffer.from(generation, 'hex');
  }

  /** Whether Redis may know of it. */
  get isTaken(): boolean {
    return this.#mayBeKnown;
  }

  /**
   * Makes sure that this much is set aside in all. @throws {CacheError} `store_full` where others
   * leave no room.
   */
  async growTo(sizeBytes: number): Promise<void> {
    if (sizeBytes <= this.#sizeBytes) return;
    const { scripts, node, maxBytes } = this.#options;
    this.#mayBeKnown = true;
    const args = [this.#generation, String(sizeBytes), node];
    const outcome = await scripts.run(reserveScript, () => args);
    if (textOf(outcome) === 'full') throw noRoomError(maxBytes);
    this.#sizeBytes = sizeBytes;
  }

  /** Gives it back where the body was not committed. */
  async abandon(mayHaveObject: boolean): Promise<void> {
    if (!this.#mayBeKnown) return;
    await abandon(this.#options.scripts.index, this.#generation, mayHaveObject);
  }
}

/** Gives up a body under way; one that is not known is none. */
export async function abandon(
  index: SharedIndex,
  generation: Buffer,
  mayHaveObject: boolean,
): Promise<void> {
  await index.run(abandonScript, [generation, mayHaveObject ? '1' : '0']);
}
